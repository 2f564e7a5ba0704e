// Brings together the requests that are due at even intervals and the clients that are free to make
// them. If no client is free a request waits for one, and is late; none is left out.
#ifndef ROLLPORT_LOAD_OPEN_LOOP_H_
#define ROLLPORT_LOAD_OPEN_LOOP_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "base/instant.h"
#include "load/pacer.h"
#include "os/event_loop.h"

namespace rollport::load {

class Client;

class OpenLoop {
 public:
  // `begin` makes a free client begin the request that was due at the Instant.
  using Begin = std::function<void(Client& client, Instant due)>;
  explicit OpenLoop(Begin begin) : begin_(std::move(begin)) {}

  // Requests are due at start, start + interval, … until Stop().
  absl::Status Start(os::EventLoop& loop, Instant start, absl::Duration interval);
  void Stop();

  // `client` is free. Of the free clients the one that has been so the longest is taken first.
  void AddFree(Client& client);

  // How many requests are due and have no client.
  uint64_t waiting() const { return due_.size(); }

 private:
  void OnDue(Instant due);

  const Begin begin_;
  std::unique_ptr<Pacer> pacer_;
  std::deque<Client*> free_;  // the one that has been free the longest is first
  std::deque<Instant> due_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_OPEN_LOOP_H_
