/* A server such as systemd's socket activation starts: it binds nothing, takes its listeners from
 * LISTEN_FDS (or, with --stdin, from standard input, as inetd's wait mode has it), accepts, answers
 * one request on each connection and ends on SIGTERM. Knows nothing of rollport; for the tests.
 *
 *   --stdin        the one listener is descriptor 0
 *   --forks        forks, names its child by MAINPID= and ends: the child serves
 *   --say TEXT     what it tells its manager after READY=1; --times N: how often
 *   --slow-start   asks for time by EXTEND_TIMEOUT_USEC, and is ready after 700 ms
 *   --hang-after N says WATCHDOG=1 at half of WATCHDOG_USEC, N times, and then no more
 *   --print TEXT   on stdout at the start; --err TEXT on stderr
 *   --flood        writes to stdout without end, and without a line end
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { kFirst = 3, kMost = 16 };

static volatile sig_atomic_t stopped;

static void Stop(int signal) {
  (void)signal;
  stopped = 1;
}

static void Notify(const char* text) {
  const char* path = getenv("NOTIFY_SOCKET");
  if (path == NULL) return;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  sendto(fd, text, strlen(text), 0, (struct sockaddr*)&address,
         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
  close(fd);
}

static int ListenFds(void) {
  const char* pid = getenv("LISTEN_PID");
  const char* count = getenv("LISTEN_FDS");
  if (pid == NULL || count == NULL || atoi(pid) != getpid()) {
    fprintf(stderr, "activated: no listeners were passed\n");
    exit(1);
  }
  return atoi(count);
}

static long Milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void Answer(int fd) {
  char request[4096];
  size_t have = 0;
  while (have < sizeof request) {
    const ssize_t n = read(fd, request + have, sizeof request - have);
    if (n <= 0) return;
    have += (size_t)n;
    if (memmem(request, have, "\r\n\r\n", 4) != NULL) break;
  }
  char answer[256];
  const int length = snprintf(answer, sizeof answer,
                              "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n"
                              "X-Pid: %d\r\n\r\nhello\n",
                              getpid());
  if (write(fd, answer, (size_t)length) != length) return;
  shutdown(fd, SHUT_WR);
  /* Until the client has read all: a close with bytes unread would be a reset. */
  while (read(fd, request, sizeof request) > 0) {
  }
}

static void Serve(int first, int count, int hang_after) {
  struct pollfd listeners[kMost];
  for (int i = 0; i < count; ++i) {
    listeners[i] = (struct pollfd){.fd = first + i, .events = POLLIN};
  }
  sigset_t all_but_ours;
  sigprocmask(SIG_SETMASK, NULL, &all_but_ours);
  sigdelset(&all_but_ours, SIGTERM);
  const char* usec = getenv("WATCHDOG_USEC");
  const long beat = usec == NULL ? 0 : atol(usec) / 2000;
  long due = Milliseconds();
  while (!stopped) {
    if (beat > 0 && Milliseconds() >= due) {
      if (hang_after != 0) Notify("WATCHDOG=1");
      if (hang_after > 0) --hang_after;
      due = Milliseconds() + beat;
    }
    const struct timespec wait = {.tv_nsec = 20 * 1000000};
    if (ppoll(listeners, (nfds_t)count, beat > 0 ? &wait : NULL, &all_but_ours) <= 0) continue;
    for (int i = 0; i < count; ++i) {
      if ((listeners[i].revents & POLLIN) == 0) continue;
      const int fd = accept(first + i, NULL, NULL);
      if (fd < 0) continue;
      const struct timeval limit = {.tv_sec = 5};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      Answer(fd);
      close(fd);
    }
  }
}

static void Fork(void) {
  int ready[2];
  char byte;
  if (pipe(ready) != 0) exit(1);
  const pid_t child = fork();
  if (child < 0) exit(1);
  if (child == 0) {
    /* As a daemon does: a session and a process group of its own. */
    setsid();
    close(ready[0]);
    if (write(ready[1], "", 1) != 1) exit(1);
    close(ready[1]);
    return;
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) != 1) exit(1);
  char text[64];
  snprintf(text, sizeof text, "MAINPID=%d\nREADY=1", child);
  Notify(text);
  exit(0);
}

static void Flood(void) {
  static char block[1 << 16];
  memset(block, 'x', sizeof block);
  const pid_t parent = getpid();
  if (fork() != 0) return;
  while (getppid() == parent && write(1, block, sizeof block) > 0) {
  }
  _exit(0);
}

int main(int argc, char** argv) {
  int first = kFirst, count = 1, forks = 0, hang_after = -1, times = 1;
  const char* say = NULL;
  int from_stdin = 0;
  for (int i = 1; i < argc; ++i) {
    const char* next = i + 1 < argc ? argv[i + 1] : "";
    if (strcmp(argv[i], "--stdin") == 0) from_stdin = 1;
    if (strcmp(argv[i], "--forks") == 0) forks = 1;
    if (strcmp(argv[i], "--say") == 0) say = next;
    if (strcmp(argv[i], "--times") == 0) times = atoi(next);
    if (strcmp(argv[i], "--hang-after") == 0) hang_after = atoi(next);
    if (strcmp(argv[i], "--print") == 0) printf("%s\n", next);
    if (strcmp(argv[i], "--err") == 0) fprintf(stderr, "%s\n", next);
    if (strcmp(argv[i], "--flood") == 0) Flood();
    if (strcmp(argv[i], "--slow-start") == 0) {
      Notify("EXTEND_TIMEOUT_USEC=5000000");
      const struct timespec pause = {.tv_nsec = 700 * 1000000};
      nanosleep(&pause, NULL);
    }
  }
  fflush(stdout);
  if (from_stdin) {
    first = 0;
  } else {
    count = ListenFds();
  }
  if (count < 1 || count > kMost) return 1;
  /* Blocked but while it waits, so that none is missed. */
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL);
  struct sigaction action = {.sa_handler = Stop};
  sigaction(SIGTERM, &action, NULL);
  if (forks) {
    Fork();
  } else {
    Notify("READY=1");
  }
  for (int i = 0; say != NULL && i < times; ++i) Notify(say);
  Serve(first, count, hang_after);
  Notify("STOPPING=1");
  return 0;
}
