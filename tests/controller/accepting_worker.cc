// A worker for tests of the controller: takes one connection after the other from its listener,
// descriptor 3, and holds it until the client closes it, so that a probe sees who has accepted it.
// Exits when it is told to stop.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

int main() {
  signal(SIGTERM, [](int) { _exit(0); });
  while (true) {
    const int client = accept(3, nullptr, nullptr);
    char byte;
    while (read(client, &byte, 1) > 0) {
    }
    close(client);
  }
}
