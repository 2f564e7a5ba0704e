// A mapping of a worker's page of counters.
#ifndef ROLLPORT_METRICS_MAPPED_PAGE_H_
#define ROLLPORT_METRICS_MAPPED_PAGE_H_

#include <utility>

#include "absl/status/statusor.h"
#include "metrics/worker_page.h"
#include "os/unique_fd.h"

namespace rollport::metrics {

class MappedPage {
 public:
  // A new page of zeros in a memfd(2) whose size is sealed, so that nobody can make a reader fault.
  // The descriptor is close-on-exec; os/child.h hands it to the worker.
  static absl::StatusOr<os::UniqueFd> CreateFd();
  // Maps the page behind `fd`, which may be closed afterwards. An error where the file is too
  // small.
  static absl::StatusOr<MappedPage> Map(int fd);
  // Memory of this process alone, for a worker that no controller has started.
  static absl::StatusOr<MappedPage> Private();

  MappedPage(MappedPage&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  MappedPage& operator=(MappedPage&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~MappedPage();

  WorkerPage* operator->() { return page_; }
  const WorkerPage* operator->() const { return page_; }
  WorkerPage& operator*() { return *page_; }
  const WorkerPage& operator*() const { return *page_; }

  // The worker's part: says that the page is in use from here on.
  void Begin();
  // The reader's part: whether the worker has begun, and counts in a layout that we know.
  bool InUse() const;

 private:
  explicit MappedPage(WorkerPage* page) : page_(page) {}
  WorkerPage* page_;
};

}  // namespace rollport::metrics

#endif  // ROLLPORT_METRICS_MAPPED_PAGE_H_
