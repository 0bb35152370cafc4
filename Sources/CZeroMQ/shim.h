#pragma once
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <zmq.h>

// Option 93 of libzmq 4.3: the header lists it among its drafts, the library serves it in every build.
// Without it a CURVE server lets everybody in whose request no ZAP handler answers.
static const int relevo_zap_enforce_domain = 93;

// Names the calling thread, at most fifteen characters, so that `top -H` and core files tell it apart.
static inline void relevo_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
