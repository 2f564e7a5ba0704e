// Waiting for packets under way (os/packets.h) without blocking the event loop.
#ifndef ROLLPORT_OS_PACKET_WAIT_H_
#define ROLLPORT_OS_PACKET_WAIT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "os/child.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::os {

// A process that waits for packets in our place, because on a CPU that a real-time task keeps busy
// a visitor waits until the kernel interrupts that task: 0.95 s by default (sched_rt_runtime_us,
// Documentation/scheduler/sched-rt-group.rst). membarrier(2) may take as long. It is started when
// it is needed, sleeps in between, and ends with this process. A fresh child for each wait would be
// simpler, but waits longer for its turn on busy CPUs than a process that has slept: 60 ms instead
// of 4 with ten tasks for each CPU.
class PacketHelper {
 public:
  // `loop` is borrowed.
  explicit PacketHelper(EventLoop& loop) : loop_(loop) {}
  PacketHelper(const PacketHelper&) = delete;
  PacketHelper& operator=(const PacketHelper&) = delete;
  // Ends the process.
  ~PacketHelper();

 private:
  friend class PacketWait;
  struct Request {
    uint64_t id;
    std::function<void(bool proven)> done;  // empty: nobody waits for it any more
  };
  // Calls back in a later turn with what WaitForPackets() says. nullopt if there can be no helper.
  std::optional<uint64_t> Ask(std::function<void(bool proven)> done);
  void Forget(uint64_t id);
  bool Start();
  void OnAnswers();
  void OnEnd();

  EventLoop& loop_;
  UniqueFd channel_;
  std::optional<Child> process_;
  std::unique_ptr<FdWatch> watch_;
  std::deque<Request> requests_;  // in the order of their answers
  uint64_t last_ = 0;
};

class PacketWait {
 public:
  // Calls `done` once, never from within the constructor: with true as soon as every packet that
  // was being received now has been processed, with false if that cannot be found out, or not
  // within `limit`. `done` may destroy this. Both references are borrowed.
  PacketWait(EventLoop& loop, PacketHelper& helper, absl::Duration limit,
             std::function<void(bool proven)> done);
  PacketWait(const PacketWait&) = delete;
  PacketWait& operator=(const PacketWait&) = delete;
  // `done` is not called any more.
  ~PacketWait();

 private:
  void Finish(bool proven);

  PacketHelper& helper_;
  std::function<void(bool proven)> done_;
  std::optional<uint64_t> request_;
  Timer limit_;
  Deferred report_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PACKET_WAIT_H_
