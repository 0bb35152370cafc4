/* A clock on the wall that began at another moment and runs fast, for programs started with LD_PRELOAD; nothing else of them
   does. Used by scripts/before_and_after.py, which also reads it: all processes with the same three variables agree.

     FAST_CLOCK_FROM   the moment of the real clock at which it began, nanoseconds since 1970
     FAST_CLOCK_START  what it showed then, nanoseconds since 1970
     FAST_CLOCK_SPEED  how many times as fast it runs

   Waits until a moment on the wall keep their length: somebody who wants to wait a second waits a real one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef long long nanoseconds;
static const nanoseconds second = 1000000000LL;

static nanoseconds variable(const char *name) {
  const char *text = getenv(name);
  return text ? atoll(text) : 0;
}

static nanoseconds real_now(void) {
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec * second + now.tv_nsec;
}

static nanoseconds from, start, speed;

__attribute__((constructor)) static void begin(void) {
  from = variable("FAST_CLOCK_FROM");
  start = variable("FAST_CLOCK_START");
  speed = variable("FAST_CLOCK_SPEED");
}

/* Before the constructor ran, or without the variables, it is the real clock. */
static nanoseconds fast_now(void) {
  nanoseconds real = real_now();
  return speed > 0 ? start + (real - from) * speed : real;
}

static struct timespec moment(nanoseconds time) {
  struct timespec moment = {.tv_sec = time / second, .tv_nsec = time % second};
  return moment;
}

int clock_gettime(clockid_t clock, struct timespec *found) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return syscall(SYS_clock_gettime, clock, found);
  *found = moment(fast_now());
  return 0;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
  (void)zone;
  struct timespec now = moment(fast_now());
  found->tv_sec = now.tv_sec;
  found->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *found) {
  time_t now = fast_now() / second;
  if (found) *found = now;
  return now;
}

/* A deadline on the fast clock as one on the real clock that is as far away. */
static struct timespec real_deadline(const struct timespec *deadline) {
  nanoseconds left = deadline->tv_sec * second + deadline->tv_nsec - fast_now();
  return moment(real_now() + (left > 0 ? left : 0));
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
  static int (*next)(sem_t *, const struct timespec *);
  if (!next) next = dlsym(RTLD_NEXT, "sem_timedwait");
  struct timespec real = real_deadline(deadline);
  return next(semaphore, &real);
}

/* Conditions wait by the clock on the wall or by the time since the machine's start; only the former is above 2001. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  if (deadline->tv_sec < 1000000000L) return next(condition, mutex, deadline);
  struct timespec real = real_deadline(deadline);
  return next(condition, mutex, &real);
}
