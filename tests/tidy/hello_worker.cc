#include <rollport/worker.h>

#include <string>

int main() {
  rollport::Worker worker({.name = "hello", .listen = {"127.0.0.1:8080"}});

  worker.Handle("/", [](const rollport::Request& request, rollport::Response response) {
    const std::string name = request.query_value("name").value_or("world");
    response.Send(200, "text/plain", "hello, " + name + "\n");
  });

  worker.Handle("/later", [&worker](const rollport::Request&, rollport::Response response) {
    worker.After(std::chrono::seconds(2), [response]() mutable {
      response.Send(200, "text/plain", "it took a while, and nobody was cut off\n");
    });
  });

  return worker.Run();
}
