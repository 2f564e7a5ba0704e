#include "tests/support/packet_relay.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <random>
#include <vector>

namespace rollport {
namespace {

int64_t NowNanos() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return ts.tv_sec * 1'000'000'000 + ts.tv_nsec;
}

// The packets of one direction.
class Direction {
 public:
  Direction(int from, int to, const RelayOptions& options)
      : from_(from),
        to_(to),
        delay_(absl::ToInt64Nanoseconds(options.one_way)),
        lost_(options.loss),
        random_(options.seed) {}

  // Reads every packet that waits.
  void Take() {
    char buffer[64 << 10];
    for (ssize_t n; (n = read(from_, buffer, sizeof buffer)) > 0;) {
      if (lost_(random_)) continue;
      queue_.push_back({NowNanos() + delay_, {buffer, buffer + n}});
    }
  }
  // Writes the packets that are due. A packet that the device does not take is lost, as on any
  // line.
  void Deliver() {
    const int64_t now = NowNanos();
    while (!queue_.empty() && queue_.front().due <= now) {
      const std::vector<char>& bytes = queue_.front().bytes;
      [[maybe_unused]] const ssize_t n = write(to_, bytes.data(), bytes.size());
      queue_.pop_front();
    }
  }
  // When the next packet is due, but at most `otherwise`.
  int64_t NextDue(int64_t otherwise) const {
    return queue_.empty() ? otherwise : std::min(otherwise, queue_.front().due);
  }

 private:
  struct Packet {
    int64_t due;
    std::vector<char> bytes;
  };
  int from_, to_;
  int64_t delay_;
  std::bernoulli_distribution lost_;
  std::mt19937 random_;
  std::deque<Packet> queue_;
};

}  // namespace

void RelayPackets(int tun_a, int tun_b, const RelayOptions& options) {
  Direction there(tun_a, tun_b, options), back(tun_b, tun_a, options);
  while (true) {
    const int64_t now = NowNanos();
    const int64_t wait =
        std::max<int64_t>(0, back.NextDue(there.NextDue(now + 1'000'000'000)) - now);
    const timespec limit = {.tv_sec = wait / 1'000'000'000, .tv_nsec = wait % 1'000'000'000};
    pollfd both[2] = {{.fd = tun_a, .events = POLLIN}, {.fd = tun_b, .events = POLLIN}};
    ppoll(both, 2, &limit, nullptr);
    there.Take();
    back.Take();
    there.Deliver();
    back.Deliver();
  }
}

}  // namespace rollport
