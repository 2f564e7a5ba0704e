// The pages of shared memory in which one worker counts. The controller creates them (a memfd),
// gives them to the worker as the descriptor named by ROLLPORT_PAGE_FD, and maps them too, so that
// no count is lost however the worker ends. Only the worker writes, on its one thread; any process
// that maps them may read at any time.
//
// The layout is a protocol between workers and controllers of different releases. Fields are only
// ever appended, `version` rises with them, and a reader uses only what `version` says is there.
// What the library itself counts is in the first 4096 bytes, which every release provides and maps;
// what user code counts follows, if the memfd is large enough for it.
#ifndef ROLLPORT_PROTOCOL_WORKER_PAGE_H_
#define ROLLPORT_PROTOCOL_WORKER_PAGE_H_

#include <atomic>
#include <bit>
#include <cstdint>

#include "protocol/latency.h"

namespace rollport::protocol {

inline constexpr uint64_t kWorkerPageMagic = 0x726f6c6c70616765;  // "rollpage"
inline constexpr uint32_t kWorkerPageVersion = 4;
inline constexpr uint64_t kWorkerPageBytes = 4096;

// A value that one thread writes and others read: a plain load and store, no locked instruction.
class PageValue {
 public:
  void Add(uint64_t n) { Set(Get() + n); }
  void Sub(uint64_t n) { Set(Get() - n); }
  void Set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_;
};

// The same for a real number.
class PageReal {
 public:
  void Add(double n) { Set(Get() + n); }
  void Set(double n) { value_.Set(std::bit_cast<uint64_t>(n)); }
  double Get() const { return std::bit_cast<double>(value_.Get()); }

 private:
  PageValue value_;
};

struct alignas(64) WorkerPage {
  std::atomic<uint64_t> magic;  // written last by the worker; before that the page is not in use
  uint32_t version;
  uint32_t reserved;
  PageValue connections_open;      // gauge
  PageValue connections_accepted;  // this and all that follow, except gauges, only go up
  PageValue connections_ended;     // idle ones ended politely by a FIN at the end of a drain
  PageValue connections_cut;       // closed with a request under way because drain_timeout ran out
  PageValue connections_handed_over;
  PageValue requests_open;   // gauge: requests whose answer is not complete
  PageValue responses[6];    // by code class, [2] is 2xx; [0] is unused
  PageValue probe_requests;  // the controller's own, counted nowhere else

  // From version 2 on.

  // Every request that `responses` counts, by its duration: from the turn of the loop in which its
  // head was read until its answer was complete.
  alignas(64) PageValue latency_nanos;  // the sum of all durations
  PageValue latency[kLatencyBuckets];   // see latency.h

  // From version 3 on.

  // Closed at the end of a drain with a part of an answer that the client had not acknowledged. The
  // kernel sends it on; whether it arrives is not known.
  PageValue connections_left;

  // From version 4 on.

  // As UserPages::count. While it is 0, nobody needs to touch the pages behind this one: each would
  // take 4 KiB for every worker.
  PageValue user_series;
};
static_assert(sizeof(WorkerPage) <= kWorkerPageBytes);

// One series that user code has registered. The worker fills it in, then raises `UserPages::count`;
// from then on only `value` and `buckets` change.
struct alignas(64) UserSeries {
  static constexpr size_t kMaxName = 63;
  static constexpr size_t kMaxHelp = 127;
  static constexpr size_t kMaxLabels = 191;
  static constexpr size_t kMaxBounds = 16;
  enum Type : uint32_t { kCounter = 1, kGauge = 2, kHistogram = 3 };

  uint32_t type;
  uint32_t bounds_count;  // of a histogram
  // Each of these three ends with a NUL.
  char name[kMaxName + 1];
  char help[kMaxHelp + 1];
  char labels[kMaxLabels + 1];        // name, TAB, value, line feed for each label, by rising name
  double bounds[kMaxBounds];          // upper ones, rising; above the last one there is +Inf
  PageReal value;                     // of a counter or gauge; the sum of a histogram
  PageValue buckets[kMaxBounds + 1];  // not cumulative
};
inline constexpr size_t kMaxUserSeries = 128;

struct alignas(64) UserPages {
  std::atomic<uint64_t> count;  // of `series` in use
  UserSeries series[kMaxUserSeries];
};

// The size of all of it: what the controller provides from version 2 on.
inline constexpr uint64_t kWorkerMemoryBytes = kWorkerPageBytes + sizeof(UserPages);

}  // namespace rollport::protocol

#endif  // ROLLPORT_PROTOCOL_WORKER_PAGE_H_
