// A worker whose author forks and forgets: a child keeps every descriptor open, listeners too.
#include <rollport/worker.h>
#include <unistd.h>

int main() {
  rollport::Worker worker({.name = "leaker"});
  worker.Handle("/", [](const rollport::Request&, rollport::Response response) {
    response.Send(200, "text/plain", "hello\n");
  });
  // Forked when the first request comes, and so when the listeners are there. It ends when nobody
  // reads its pipe any more, or with its process group.
  worker.Handle("/fork", [](const rollport::Request&, rollport::Response response) {
    if (fork() == 0) {
      while (true) pause();
    }
    response.Send(200, "text/plain", "forked\n");
  });
  return worker.Run();
}
