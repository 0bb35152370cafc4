// Relevo's one script. Every page works without it; it makes pages live, keeps drafts and adds keys.
//
// Live events: GET /events?topics=a,b[&last_event_id=ID] (server-sent events). `data` is JSON with any of
//   {"topic": "ticket:ID"}                           something in this topic changed: parts showing it are fetched again
//   {"topic": "acknowledged"}                        other offices stored more: so are parts with writes on their way
//   {"topic": "*"}                                   more was missed than is kept: so is everything
//   {"write": "STREAM:SEQ", "state": "reached",      a write travelled further: its mark changes in place
//    "text": "reached MAD · on 2 of 3 sites"}
// Parts: <… id data-live="TOPIC" data-fragment="URL"> is replaced whole by what URL answers, except while somebody
// types in it. data-live-rows never moves rows: known rows change in place, new ones are counted in a button.
'use strict';
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = ($('#words') || {dataset: {}}).dataset;
  const kept = {
    get(name) { try { return localStorage.getItem('relevo:' + name); } catch { return null; } },
    set(name, value) { try { localStorage.setItem('relevo:' + name, value); } catch { /* storage is full or forbidden */ } },
    drop(name) { try { localStorage.removeItem('relevo:' + name); } catch { /* as above */ } },
  };
  document.documentElement.classList.add('has-js');

  // Parts that stay current ------------------------------------------------------------------------------------------

  const parsed = (html) => {
    const box = document.createElement('template');
    box.innerHTML = html;
    return box.content;
  };

  /** Somebody types here, or changed something that is not sent yet. */
  const isBusy = (part) => {
    const active = document.activeElement;
    if (part.contains(active) && active.matches('input, textarea, select')) return true;
    return $$('input:not([type=hidden]), textarea, select', part).some((field) => {
      if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
      if (field.tagName === 'SELECT') {
        const options = [...field.options];
        if (!options.some((option) => option.defaultSelected)) return field.selectedIndex > 0;
        return options.some((option) => option.selected !== option.defaultSelected);
      }
      return field.value !== field.defaultValue;
    });
  };

  const swap = (part, fresh) => {
    if (part.outerHTML === fresh.outerHTML) return;
    const known = new Set($$('[id]', part).map((element) => element.id));
    const open = $$('details', part).map((details) => details.open);
    const focused = part.contains(document.activeElement) && document.activeElement.id;
    $$('details', fresh).forEach((details, index) => { if (open[index]) details.open = true; });
    $$('.entry[id]', fresh).forEach((entry) => { if (!known.has(entry.id)) entry.classList.add('fresh'); });
    part.replaceWith(fresh);
    if (focused) document.getElementById(focused)?.focus({preventScroll: true});
    follow(fresh);
    age();
  };

  /** Forms that answer to a part carry the version of that part as it is shown now. */
  const follow = (part) => {
    if (!part.dataset.rendered) return;
    $$(`[data-follows="${part.id}"] input[name=rendered]`).forEach((field) => { field.value = part.dataset.rendered; });
  };

  const running = new Map();
  const refresh = async (part) => {
    const id = part.id;
    if (running.has(id)) { running.set(id, true); return; }
    running.set(id, false);
    try {
      const answer = await fetch(part.dataset.fragment, {headers: {Accept: 'text/html'}, credentials: 'same-origin'});
      if (answer.ok && !answer.redirected) {
        const fresh = parsed(await answer.text()).getElementById(id);
        const now = document.getElementById(id);
        if (fresh && now) {
          if (now.dataset.liveRows) mergeRows(now, fresh);
          else if (isBusy(now)) now.dataset.stale = 'yes';
          else swap(now, fresh);
        }
      }
    } catch { /* the node does not answer; the event stream reports it and everything is read again afterwards */ }
    const again = running.get(id);
    running.delete(id);
    const now = document.getElementById(id);
    if (again && now) refresh(now);
  };

  // Events come in bursts. One part is read at most once a second (lists) or ten times a second (everything else), so
  // that many open pages stay cheap for the node.
  const waiting = new Map();
  const readAt = new Map();
  const refreshSoon = (part) => {
    const id = part.id;
    if (waiting.has(id)) return;
    const pause = part.dataset.live?.startsWith('ticket:') ? 100 : 1000;
    const delay = Math.max(80, (readAt.get(id) || 0) + pause - Date.now());
    waiting.set(id, setTimeout(() => {
      waiting.delete(id);
      readAt.set(id, Date.now());
      const now = document.getElementById(id);
      if (now) refresh(now);
    }, delay));
  };
  const parts = () => $$('[data-fragment][id]');
  const concerns = (part, topic) => {
    if (topic === '*') return true;
    // Another office has stored more: only parts that show something still on its way can change.
    if (topic === 'acknowledged') return $('.reach:not(.everywhere)', part) !== null;
    return part.dataset.live === topic || part.dataset.liveRows === topic;
  };

  document.addEventListener('focusout', () => setTimeout(() => {
    $$('[data-stale]').forEach((part) => {
      if (!isBusy(part)) { delete part.dataset.stale; refresh(part); }
    });
  }, 400));

  // What changes by time alone, such as how long a link is down, is read again every few seconds while it is in sight.
  $$('[data-every][id]').forEach((part) => {
    setInterval(() => {
      const now = document.getElementById(part.id);
      if (now && !document.hidden) refresh(now);
    }, part.dataset.every * 1000);
  });

  // The queue: nothing moves under the pointer -----------------------------------------------------------------------

  const mergeRows = (shown, fresh) => {
    const freshRows = new Map($$('.row', fresh).map((row) => [row.id, row]));
    if (!$('.row', shown)) { swap(shown, fresh); return; }
    $$('.row', shown).forEach((row) => {
      const next = freshRows.get(row.id);
      if (!next) {
        row.classList.add('gone');
        const snippet = $('.snippet', row);
        if (snippet) snippet.dataset.gone = words.gone;
        return;
      }
      freshRows.delete(row.id);
      if (row.outerHTML === next.outerHTML) return;
      const hadFocus = row.contains(document.activeElement);
      const copy = next.cloneNode(true);
      keepPicks(row, copy);
      row.replaceWith(copy);
      if (hadFocus) $('.row-link', copy)?.focus({preventScroll: true});
    });
    const line = $('.newcomers');
    if (!line) return;
    const count = freshRows.size;
    line.hidden = count === 0;
    const pill = $('.pill', line);
    pill.textContent = count === 1 ? words.newOne : (words.newMany || '').replace('{n}', count);
    pill.onclick = () => {
      line.hidden = true;
      const all = fresh.cloneNode(true);
      $$('.row', all).forEach((row) => { if (freshRows.has(row.id)) row.classList.add('fresh'); });
      keepPicks(document.getElementById(shown.id), all);
      document.getElementById(shown.id)?.replaceWith(all);
      $('.row.fresh .row-link', all)?.focus({preventScroll: true});
      refresh(all);
    };
  };

  // Several tickets at once: boxes stay ticked while rows change, the bar counts them ---------------------------------

  const keepPicks = (from, to) => {
    $$('.c-pick :checked', from).forEach((box) => {
      const fresh = to.querySelector('#' + CSS.escape(box.id));
      if (fresh) fresh.checked = true;
    });
  };
  const countPicks = () => {
    const line = $('[data-bulk-count]');
    const count = $$('.c-pick :checked').length;
    if (line) line.textContent = count === 1 ? words.pickedOne : (words.picked || '').replace('{n}', count);
  };
  const pickAll = (isPicked) => { $$('.c-pick input').forEach((box) => { box.checked = isPicked; }); countPicks(); };
  document.addEventListener('change', (event) => { if (event.target.closest?.('.c-pick')) countPicks(); });
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-bulk-all]')) pickAll(true);
    if (event.target.closest?.('[data-bulk-none]')) { pickAll(false); $('.row-link')?.focus(); }
  });

  // Live events ------------------------------------------------------------------------------------------------------
  // Only tabs that can be seen hold a stream, so many open tabs never use up the browser's connections to this node.

  const topics = document.body.dataset.topics;
  let stream = null;
  let lastEventID = '';
  let silence = null;

  const reach = (event) => {
    $$(`[data-write="${CSS.escape(event.write)}"]`).forEach((mark) => {
      mark.className = 'reach ' + event.state;
      $('use', mark)?.setAttribute('href', '#i-reach-' + event.state);
      const text = $('.reach-text', mark);
      if (text && event.text) text.textContent = event.text;
    });
  };
  const receive = (message) => {
    lastEventID = message.lastEventId || lastEventID;
    let event;
    try { event = JSON.parse(message.data); } catch { return; /* a heartbeat or a newer kind of event */ }
    if (event.write && event.state) reach(event);
    if (event.topic) parts().filter((part) => concerns(part, event.topic)).forEach(refreshSoon);
  };
  const tellOffline = (isOffline) => {
    const line = $('#offline');
    if (!isOffline) { line?.remove(); return; }
    if (line || !$('#notices') || !words.offline) return;
    const note = document.createElement('p');
    note.id = 'offline';
    note.className = 'notice warning';
    note.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-notice-warning"/></svg><span></span>';
    note.lastChild.textContent = words.offline;
    $('#notices').append(note);
  };
  const listen = () => {
    if (stream || !topics || !('EventSource' in window) || location.protocol === 'file:') return;
    const from = lastEventID ? '&last_event_id=' + encodeURIComponent(lastEventID) : '';
    stream = new EventSource('/events?topics=' + encodeURIComponent(topics) + from);
    let wasCut = false;
    stream.onmessage = receive;
    stream.onopen = () => {
      clearTimeout(silence);
      silence = null;
      tellOffline(false);
      if (wasCut) parts().forEach(refreshSoon);
      wasCut = false;
    };
    stream.onerror = () => {
      wasCut = true;
      silence ??= setTimeout(() => tellOffline(true), 8000);
      if (stream && stream.readyState === EventSource.CLOSED) {
        stream = null;
        setTimeout(listen, 15000 + Math.random() * 5000);
      }
    };
  };
  const hush = () => { stream?.close(); stream = null; clearTimeout(silence); silence = null; };
  let leaving = null;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(leaving);
    if (document.hidden) { leaving = setTimeout(hush, 30000); return; }
    if (!stream) { listen(); parts().forEach(refreshSoon); }
    age();
  });
  addEventListener('pagehide', hush);
  addEventListener('pageshow', (event) => { if (event.persisted) { listen(); parts().forEach(refreshSoon); } });

  // Ages stay true ---------------------------------------------------------------------------------------------------

  const language = document.documentElement.lang;
  const format = 'RelativeTimeFormat' in Intl ? new Intl.RelativeTimeFormat(language, {style: 'short'}) : null;
  const age = () => {
    if (!format) return;
    $$('time[data-relative]').forEach((time) => {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const size = Math.abs(seconds);
      if (!(size >= 60)) return;
      const [value, unit] = size < 3600 ? [seconds / 60, 'minute'] : size < 86400 ? [seconds / 3600, 'hour'] : [seconds / 86400, 'day'];
      time.textContent = format.format(Math.trunc(value), unit).replace('.', '');
    });
  };
  setInterval(() => { if (!document.hidden) age(); }, 30000);

  // Drafts -----------------------------------------------------------------------------------------------------------

  const grow = (field) => {
    if (CSS.supports('field-sizing', 'content')) return;
    field.style.height = 'auto';
    field.style.height = Math.min(field.scrollHeight + 2, innerHeight * 0.6) + 'px';
  };
  const prepareFields = (root = document) => {
    $$('textarea[data-draft]', root).forEach((field) => {
      const text = kept.get('draft:' + field.dataset.draft);
      if (text && !field.value) { field.value = text; tellDraft(field); }
    });
    $$('textarea[data-grow]', root).forEach(grow);
  };
  const tellDraft = (field) => {
    const line = field.form && $('.draft-state', field.form);
    if (line) line.textContent = field.value ? words.draft : '';
  };
  let saving = null;
  document.addEventListener('input', (event) => {
    const field = event.target;
    if (field.matches('textarea[data-grow]')) grow(field);
    if (!field.matches('textarea[data-draft]')) return;
    clearTimeout(saving);
    saving = setTimeout(() => {
      if (field.value) kept.set('draft:' + field.dataset.draft, field.value);
      else kept.drop('draft:' + field.dataset.draft);
      tellDraft(field);
    }, 300);
  });

  // Sending without losing the page ----------------------------------------------------------------------------------

  const tell = (form, text, isBad) => {
    let line = $('.send-state', form);
    if (!line) {
      line = document.createElement('p');
      line.className = 'send-state';
      line.setAttribute('role', 'status');
      form.append(line);
    }
    line.className = 'send-state reach ' + (isBad ? 'failed' : 'saving');
    line.textContent = text || '';
  };
  const take = (page) => {
    const fresh = $('main', page);
    const shown = $('main');
    if (!fresh || !shown) return;
    if (page.title) document.title = page.title;
    shown.replaceWith(document.adoptNode(fresh));
    prepareFields();
    countDown();
    age();
  };
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.matches('form[data-async]') || event.defaultPrevented) return;
    event.preventDefault();
    if (form.dataset.sending || form.dataset.pending) return;
    if (form.dataset.undo && await sendLater(form, event.submitter)) return;
    form.dataset.sending = 'yes';
    clearTimeout(saving);
    const button = event.submitter;
    button?.setAttribute('aria-busy', 'true');
    tell(form, words.saving);
    try {
      const fields = new URLSearchParams(new FormData(form, button));
      const answer = await fetch(form.action, {method: 'POST', body: fields, credentials: 'same-origin', headers: {Accept: 'text/html'}});
      const html = await answer.text();
      const page = new DOMParser().parseFromString(html, 'text/html');
      if (answer.ok) {
        const draft = form.dataset.draftForm;
        if (draft) kept.drop('draft:' + draft);
        if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.assign(answer.url); return; }
        form.reset();
        const scroll = scrollY;
        take(page);
        scrollTo(0, scroll);
      } else {
        // A refusal is a page too, with everything typed still in its form.
        take(page);
        ($('[role=alert]') || $('main'))?.scrollIntoView({block: 'nearest'});
      }
    } catch {
      tell(form, words.notSent, true);
    } finally {
      delete form.dataset.sending;
      button?.removeAttribute('aria-busy');
    }
  });

  // Undo send: for ten seconds a reply is only kept in this browser. Nothing is written before; the countdown goes on
  // after a reload and on other pages, and a reply whose time passed while no page was open stays a draft.

  const pendingName = (draft) => 'undo:' + draft;
  const pendings = () => {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith('relevo:undo:')).map((name) => {
        try { return JSON.parse(localStorage.getItem(name)); } catch { localStorage.removeItem(name); return null; }
      }).filter((pending) => pending?.draft && pending.url && pending.due);
    } catch { return []; /* storage is forbidden: nothing can be pending */ }
  };
  const pendingForm = (pending) => $(`form[data-draft-form="${CSS.escape(pending.draft)}"][data-undo]`);
  const sendLater = async (form, button) => {
    const draft = form.dataset.draftForm;
    const fields = new URLSearchParams(new FormData(form, button));
    kept.set('draft:' + draft, fields.get('body') || '');
    kept.set(pendingName(draft), JSON.stringify({
      draft, url: form.action, number: form.dataset.number, path: location.pathname, fields: fields.toString(),
      due: Date.now() + form.dataset.undo * 1000}));
    if (!kept.get(pendingName(draft))) return false;
    countDown();
    return true;
  };
  const takeBack = (pending) => {
    kept.drop(pendingName(pending.draft));
    countDown();
    const field = pendingForm(pending) && $('textarea', pendingForm(pending));
    if (field) field.focus();
  };
  const undoBar = (pending) => {
    const id = 'undo-' + pending.draft.replaceAll(':', '-');
    let bar = document.getElementById(id);
    const form = pendingForm(pending);
    if (!bar) {
      bar = document.createElement('p');
      bar.id = id;
      bar.className = 'undo notice calm';
      bar.innerHTML = '<span class="undo-text" role="status"></span><a class="number"></a><span class="undo-left" aria-hidden="true"></span><button type="button" class="button"></button><button type="button" class="quiet"></button>';
      const [undo, now] = $$('button', bar);
      undo.textContent = words.undo;
      now.textContent = words.sendNow;
      undo.onclick = () => takeBack(pending);
      now.onclick = () => sendPending(pending);
      const link = $('a', bar);
      if (!form) { link.href = pending.path; link.textContent = pending.number; }
      $('.undo-text', bar).textContent = words.undoIn;
    }
    const place = form || $('#notices');
    if (place && bar.parentElement !== place) place.append(bar);
    // Read out once, counted for the eye.
    $('.undo-left', bar).textContent = Math.max(0, Math.ceil((pending.due - Date.now()) / 1000));
    return id;
  };
  const say = (code, text, path) => {
    const line = document.createElement('p');
    line.className = 'notice ' + code;
    line.innerHTML = `<svg class="icon" aria-hidden="true"><use href="#i-notice-${code}"/></svg><a></a>`;
    line.lastChild.textContent = text;
    line.lastChild.href = path;
    $('#notices')?.append(line);
  };
  const sendPending = async (pending) => {
    // Whichever tab is first takes it; the idempotency key makes a second sending the same reply.
    if (!kept.get(pendingName(pending.draft))) return;
    kept.drop(pendingName(pending.draft));
    countDown();
    const form = pendingForm(pending);
    if (form) { form.dataset.sending = 'yes'; tell(form, words.saving); }
    try {
      const answer = await fetch(pending.url, {method: 'POST', body: new URLSearchParams(pending.fields), credentials: 'same-origin', keepalive: pending.fields.length < 60000, headers: {Accept: 'text/html'}});
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (answer.ok) kept.drop('draft:' + pending.draft);
      if (form && form.isConnected) {
        if (answer.ok) form.reset();
        const scroll = scrollY;
        take(page);
        if (answer.ok) scrollTo(0, scroll); else ($('[role=alert]') || $('main'))?.scrollIntoView({block: 'nearest'});
      } else if (answer.ok) say('good', words.sent.replace('{n}', pending.number), pending.path);
      else say('bad', words.unsent.replace('{n}', pending.number), pending.path);
    } catch {
      if (form && form.isConnected) tell(form, words.notSent, true);
      else say('bad', words.unsent.replace('{n}', pending.number), pending.path);
    } finally {
      if (form) delete form.dataset.sending;
    }
  };
  let counting = null;
  const countDown = () => {
    clearTimeout(counting);
    const all = pendings();
    const shown = new Set(all.filter((pending) => pending.due > Date.now()).map(undoBar));
    $$('.undo').forEach((bar) => { if (!shown.has(bar.id)) bar.remove(); });
    const held = new Set(all.map((pending) => pending.draft));
    $$('form[data-undo]').forEach((form) => {
      const isHeld = held.has(form.dataset.draftForm);
      if (isHeld) form.dataset.pending = 'yes'; else delete form.dataset.pending;
      const field = $('textarea', form);
      if (field) field.readOnly = isHeld;
    });
    all.forEach((pending) => {
      const late = Date.now() - pending.due;
      if (late < 0) return;
      if (late < 60000) { sendPending(pending); return; }
      kept.drop(pendingName(pending.draft));
      say('warning', words.unsent.replace('{n}', pending.number), pending.path);
    });
    if (all.length) counting = setTimeout(countDown, 250);
  };

  // Reading ahead: a prefetch carries Sec-Purpose, so it neither marks read nor shows presence -----------------------

  let hovering = null;
  document.addEventListener('pointerover', (event) => {
    clearTimeout(hovering);
    const link = event.target.closest?.('.row')?.querySelector('.row-link');
    if (!link || link.dataset.fetched || event.pointerType !== 'mouse') return;
    hovering = setTimeout(() => {
      link.dataset.fetched = 'yes';
      const hint = document.createElement('link');
      hint.rel = 'prefetch';
      hint.href = link.href;
      document.head.append(hint);
    }, 90);
  });

  // Search help ------------------------------------------------------------------------------------------------------

  const help = $('.search-help');
  const field = $('.search input');
  if (help && field) {
    field.addEventListener('focus', () => help.classList.add('open'));
    field.addEventListener('blur', () => help.classList.remove('open'));
  }

  // The search box completes the word at the caret out of a list the page carries (ARIA combobox with a listbox).

  const source = field?.dataset.completes && document.getElementById(field.dataset.completes);
  if (source) {
    const terms = $$('option', source).map((option) => ({value: option.value, label: option.label}));
    const fieldNames = [...new Set(terms.map((term) => term.value.slice(0, term.value.indexOf(':') + 1)))];
    const list = document.createElement('ul');
    list.className = 'completions';
    list.id = 'completions';
    list.setAttribute('role', 'listbox');
    list.hidden = true;
    field.after(list);
    Object.entries({role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': list.id, 'aria-expanded': 'false'})
      .forEach(([name, value]) => field.setAttribute(name, value));
    let chosen = -1;
    const word = () => {
      const before = field.value.slice(0, field.selectionStart);
      const start = Math.max(before.lastIndexOf(' '), before.lastIndexOf('"')) + 1;
      return {start, text: before.slice(start), isQuoted: (before.match(/"/g) || []).length % 2 === 1};
    };
    const shut = () => {
      list.hidden = true;
      chosen = -1;
      field.setAttribute('aria-expanded', 'false');
      field.removeAttribute('aria-activedescendant');
    };
    const choose = (index) => {
      const items = $$('li', list);
      chosen = (index + items.length + 1) % (items.length + 1);
      items.forEach((item, at) => item.setAttribute('aria-selected', String(at === chosen)));
      if (items[chosen]) {
        field.setAttribute('aria-activedescendant', items[chosen].id);
        items[chosen].scrollIntoView({block: 'nearest'});
      } else field.removeAttribute('aria-activedescendant');
    };
    const accept = (value) => {
      const {start, text} = word();
      const end = start + text.length;
      const isField = value.endsWith(':');
      field.setRangeText(value + (isField || field.value[end] === ' ' ? '' : ' '), start, end, 'end');
      if (isField) offer(); else shut();
    };
    const offer = () => {
      const {text, isQuoted} = word();
      const typed = text.toLowerCase();
      const names = fieldNames.filter((name) => !typed.includes(':') && name.startsWith(typed)).map((value) => ({value, label: ''}));
      const fits = typed && terms.filter((term) => term.value.toLowerCase() !== typed && (term.value.toLowerCase().startsWith(typed) ||
        (typed.length > 1 && !typed.includes(':') && term.label.toLowerCase().startsWith(typed))));
      const isExact = (term) => term.value.toLowerCase().startsWith(typed);
      if (fits) fits.sort((one, other) => isExact(other) - isExact(one));
      const offers = isQuoted ? [] : [...(typed.length > 1 && names.length === 1 ? [] : names), ...(fits || [])].slice(0, 9);
      list.replaceChildren(...offers.map((term, index) => {
        const item = document.createElement('li');
        item.id = 'completion-' + index;
        item.setAttribute('role', 'option');
        item.innerHTML = '<code></code><span class="faint"></span>';
        item.firstChild.textContent = term.value;
        item.lastChild.textContent = term.label;
        item.onmousedown = (event) => { event.preventDefault(); accept(term.value); };
        return item;
      }));
      choose(-1);
      list.hidden = offers.length === 0;
      field.setAttribute('aria-expanded', String(!list.hidden));
    };
    field.addEventListener('input', offer);
    field.addEventListener('blur', shut);
    field.addEventListener('keydown', (event) => {
      const items = $$('li', list);
      const isOpen = !list.hidden && items.length > 0;
      if (event.key === 'ArrowDown' && !isOpen) offer();
      else if (event.key === 'ArrowDown') choose(chosen + 1);
      else if (event.key === 'ArrowUp' && isOpen) choose(chosen < 0 ? items.length - 1 : chosen - 1);
      else if (event.key === 'Escape' && isOpen) shut();
      else if (event.key === 'Enter' && isOpen && items[chosen]) accept(items[chosen].firstChild.textContent);
      else if (event.key === 'Tab' && isOpen && !event.shiftKey && word().text) accept(items[Math.max(0, chosen)].firstChild.textContent);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  // Presence: who looks at a ticket and who writes on it; forgotten at every office half a minute after the last word --

  const presence = {kind: '', at: 0};
  const tellPresence = (activity, isLast = false) => {
    const place = $('[data-presence]');
    const csrf = place && $('input[name=csrf]', place);
    if (!csrf) return;
    const now = Date.now();
    if (!isLast && activity === presence.kind && now - presence.at < 10000) return;
    presence.kind = activity;
    presence.at = now;
    const body = new URLSearchParams({csrf: csrf.value, activity});
    if (isLast && navigator.sendBeacon) navigator.sendBeacon(place.dataset.presence, body);
    else fetch(place.dataset.presence, {method: 'POST', body, credentials: 'same-origin', keepalive: true}).catch(() => {});
  };
  let writingUntil = 0;
  if ($('[data-presence]')) {
    const still = () => { if (!document.hidden) tellPresence(Date.now() < writingUntil ? 'writing' : 'viewing'); };
    document.addEventListener('input', (event) => {
      if (!event.target.closest?.('[data-presence]') || !event.target.value) return;
      writingUntil = Date.now() + 12000;
      tellPresence('writing');
    });
    setInterval(still, 5000);
    addEventListener('pagehide', () => tellPresence('left', true));
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) tellPresence('left', true); else still();
    });
    still();
  }

  // Keys -------------------------------------------------------------------------------------------------------------

  const keysDialog = $('#keys');
  const areKeysOn = () => kept.get('keys') !== 'off';
  const openKeys = () => { if (keysDialog?.showModal && !keysDialog.open) keysDialog.showModal(); };
  $('[data-open-keys]')?.addEventListener('click', openKeys);
  const keysSwitch = $('#keys-on');
  if (keysSwitch) {
    keysSwitch.checked = areKeysOn();
    keysSwitch.addEventListener('change', () => kept.set('keys', keysSwitch.checked ? 'on' : 'off'));
  }
  const write = (kind) => {
    const choice = $('#kind-' + kind);
    if (!choice) return false;
    choice.checked = true;
    $(`#${kind}-body`)?.focus();
    return true;
  };
  const move = (step) => {
    const links = $$('.row-link, .card-link');
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step))];
    next.focus();
    next.scrollIntoView({block: 'nearest'});
    return true;
  };
  const press = (key) => {
    const target = $(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (target.matches('input, select')) { target.focus(); target.select?.(); return true; }
    target.click();
    if (target.matches('summary')) $('textarea, input:not([type=hidden]), select', target.parentElement)?.focus();
    return true;
  };
  let isGoing = false;
  document.addEventListener('keydown', (event) => {
    const active = event.target;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && active.form) { active.form.requestSubmit(); return; }
    const isTyping = active.matches?.('input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]');
    if (event.key === 'Escape' && isTyping) { active.blur(); return; }
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || keysDialog?.open || !keysDialog || !areKeysOn()) return;
    let isDone;
    if (isGoing) {
      isGoing = false;
      isDone = event.key === 'q';
      if (isDone) location.assign('/queue');
    } else {
      switch (event.key) {
        case 'j': isDone = move(1); break;
        case 'k': isDone = move(-1); break;
        case 'x': {
          const box = active.closest?.('.row')?.querySelector('.c-pick input');
          if (box) { box.click(); isDone = true; }
          break;
        }
        case 'r': isDone = write('reply'); break;
        case 'n': isDone = write('note'); break;
        case 'g': isGoing = isDone = true; setTimeout(() => { isGoing = false; }, 1200); break;
        case '?': openKeys(); isDone = true; break;
        case 'c': case 't': case 'a': case 'e': case '/': isDone = press(event.key); break;
      }
    }
    if (isDone) event.preventDefault();
  });

  // On a phone the lists of places scroll sideways; the present one should be in sight.
  $$('.places [aria-current], .views [aria-current]').forEach((link) => {
    const list = link.closest('ul, nav');
    if (list && list.scrollWidth > list.clientWidth) link.scrollIntoView({block: 'nearest', inline: 'center'});
  });
  prepareFields();
  countPicks();
  countDown();
  age();
  listen();
})();
