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
  // What /proc/PID/fd says of a descriptor of such a file.
  static constexpr char kLinkName[] = "/memfd:rollport-page (deleted)";

  // Creates pages of zeros in a memfd_create(2) file whose size is sealed, so that no process can
  // shrink it and make a reader fault. Pages that are never touched take no memory. The descriptor
  // is close-on-exec; os/child.h gives it to the worker.
  static absl::StatusOr<os::UniqueFd> CreateFd();
  // Maps the file `fd`, which may be closed afterwards. An error if the file is too small for a
  // WorkerPage, or could be shrunk under its reader. A file made by a release before version 2 has
  // room for that only.
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

  // A process that is forked from now on does not have this mapping (MADV_DONTFORK, madvise(2)): a
  // controller with hundreds of them forks faster.
  void KeepFromChildren();

  WorkerPage* operator->() { return page_; }
  const WorkerPage* operator->() const { return page_; }
  WorkerPage& operator*() { return *page_; }
  const WorkerPage& operator*() const { return *page_; }

  // For the worker: marks the page as in use from here on.
  void Begin();
  // For a reader: whether the worker has begun, and counts in a layout that is known here.
  bool InUse() const;
  // Whether the worker counts what was added with this version. False unless InUse().
  bool Has(uint32_t version) const { return InUse() && page_->version >= version; }

  // For what user code counts; null if the file has no room for it.
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
