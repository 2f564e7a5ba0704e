// The page of shared memory in which one worker counts. The controller makes it (a memfd), gives it
// to the worker as the descriptor named by ROLLPORT_PAGE_FD, and maps it too, so that no count is
// lost however the worker ends. Only the worker writes, on its one thread; anyone may read at any
// time.
//
// The layout is a protocol between workers and controllers of different releases: fields are only
// ever appended, `version` goes up with them, and a reader takes only what `version` says is there.
#ifndef ROLLPORT_METRICS_WORKER_PAGE_H_
#define ROLLPORT_METRICS_WORKER_PAGE_H_

#include <atomic>
#include <cstdint>

namespace rollport::metrics {

inline constexpr uint64_t kWorkerPageMagic = 0x726f6c6c70616765;  // "rollpage"
inline constexpr uint32_t kWorkerPageVersion = 1;
inline constexpr uint64_t kWorkerPageBytes = 4096;
inline constexpr char kWorkerPageEnv[] = "ROLLPORT_PAGE_FD";

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

struct alignas(64) WorkerPage {
  std::atomic<uint64_t> magic;  // written last by the worker: until then the page is not in use
  uint32_t version;
  uint32_t reserved;
  PageValue connections_open;      // gauge
  PageValue connections_accepted;  // all that follow only go up
  PageValue connections_ended;     // idle ones ended politely by a FIN at the end of a drain
  PageValue connections_cut;       // closed with a request under way because drain_timeout ran out
  PageValue connections_handed_over;
  PageValue requests_open;   // gauge: requests whose answer is not complete
  PageValue responses[6];    // by code class, [2] is 2xx; [0] is unused
  PageValue probe_requests;  // the controller's own, counted nowhere else
};
static_assert(sizeof(WorkerPage) <= kWorkerPageBytes);

}  // namespace rollport::metrics

#endif  // ROLLPORT_METRICS_WORKER_PAGE_H_
