// A mapping of the pages in which a worker counts.
#ifndef ROLLPORT_PROTOCOL_MAPPED_PAGE_H_
#define ROLLPORT_PROTOCOL_MAPPED_PAGE_H_

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"
#include "protocol/worker_page.h"

namespace rollport::protocol {

class MappedPage {
 public:
  // New pages of zeros in a memfd(2) whose size is sealed, so that nobody can make a reader fault.
  // One that is never touched takes no memory.
  // The descriptor is close-on-exec; os/child.h hands it to the worker.
  static absl::StatusOr<os::UniqueFd> CreateFd();
  // Maps what is behind `fd`, which may be closed afterwards. An error where the file is too small
  // for a WorkerPage. One made by a release before version 2 has room for that only.
  static absl::StatusOr<MappedPage> Map(int fd);
  // Memory of this process alone, for a worker that no controller has started.
  static absl::StatusOr<MappedPage> Private();

  MappedPage(MappedPage&& other) noexcept
      : page_(std::exchange(other.page_, nullptr)), bytes_(other.bytes_) {}
  MappedPage& operator=(MappedPage&& other) noexcept {
    std::swap(page_, other.page_);
    std::swap(bytes_, other.bytes_);
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
  // Whether the worker counts what came with this version. False where it is not InUse().
  bool Has(uint32_t version) const { return InUse() && page_->version >= version; }

  // For what user code counts; null where there is no room for it.
  UserPages* user();
  const UserPages* user() const;

 private:
  MappedPage(WorkerPage* page, size_t bytes) : page_(page), bytes_(bytes) {}
  static absl::StatusOr<MappedPage> MapBytes(size_t bytes, int flags, int fd);

  WorkerPage* page_;
  size_t bytes_;
};

}  // namespace rollport::protocol

#endif  // ROLLPORT_PROTOCOL_MAPPED_PAGE_H_
