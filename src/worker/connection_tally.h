// What one connection counts in the worker's page. A client's connection is counted in full, and
// its answers go to the access log. Of a probe, a connection of the controller, only the answers
// are counted, apart from the clients'.
#ifndef ROLLPORT_WORKER_CONNECTION_TALLY_H_
#define ROLLPORT_WORKER_CONNECTION_TALLY_H_

#include <cstdint>
#include <string_view>

#include "base/instant.h"
#include "os/address.h"
#include "worker/context.h"

namespace rollport::worker {

struct AnsweredRequest {
  std::string_view method, target;  // empty if the request could not be read
  int minor_version = 1;            // x of the request's HTTP/1.x
  int status = 0;                   // 200 to 599
  uint64_t content_sent = 0;        // bytes
  Instant began;                    // when its head had come
};

class ConnectionTally {
 public:
  ConnectionTally(Context& context, bool probe) : context_(context), probe_(probe) {}

  bool probe() const { return probe_; }

  // Opened, either accepted or handed over by a predecessor; and closed, for whatever reason.
  void Opened(bool accepted);
  void Closed();
  // Why it closes, if the worker closes it: it was idle; its request was cut; the rest of its last
  // answer was left to the kernel; a successor has it.
  void EndedIdle();
  void Cut();
  void Left();
  void HandedOver();

  // A request has a handler, until it is answered or its connection closes.
  void RequestBegan();
  void RequestEnded();

  // Counts the request with its duration until now. Reads the clock.
  void Answered(const AnsweredRequest& request, const os::SocketAddress& peer);

 private:
  Context& context_;
  const bool probe_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONNECTION_TALLY_H_
