// A worker for tests of the controller: closes every connection that its listener, descriptor 3,
// accepts, and exits when it is told to stop.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

int main() {
  signal(SIGTERM, [](int) { _exit(0); });
  while (true) close(accept(3, nullptr, nullptr));
}
