#include "protocol/mapped_page.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/errno_status.h"

namespace rollport::protocol {
namespace {

constexpr char kName[] = "rollport-page";

// What a worker holds is not what it was launched with if it has put another file in its place. A
// reader of a file that is shrunk dies of SIGBUS, and so does one of huge pages, of which there may
// be none left. Once there is a seal against shrinking, it stays.
absl::Status CheckKind(int fd) {
  const int seals = fcntl(fd, F_GET_SEALS);
  struct statfs system;
  const bool safe = seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && fstatfs(fd, &system) == 0 &&
                    system.f_type == TMPFS_MAGIC;
  if (safe) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "descriptor ", fd, " is not a worker's page: it is not sealed against shrinking"));
}

}  // namespace

absl::StatusOr<os::UniqueFd> MappedPage::CreateFd() {
  os::UniqueFd fd(memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return os::ErrnoStatus(errno, "memfd_create of the worker's page");
  if (ftruncate(fd.get(), kWorkerMemoryBytes) != 0) {
    return os::ErrnoStatus(errno, "ftruncate of the worker's page");
  }
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return os::ErrnoStatus(errno, "sealing of the worker's page");
  }
  return fd;
}

absl::StatusOr<MappedPage> MappedPage::Map(int fd) {
  RETURN_IF_ERROR(CheckKind(fd));
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return os::ErrnoStatus(errno, absl::StrCat("fstat of the worker's page, descriptor ", fd));
  }
  if (info.st_size < static_cast<off_t>(kWorkerPageBytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("descriptor ", fd, " is not a worker's page: ", info.st_size, " bytes"));
  }
  const bool whole = info.st_size >= static_cast<off_t>(kWorkerMemoryBytes);
  return MapBytes(whole ? kWorkerMemoryBytes : kWorkerPageBytes, MAP_SHARED, fd);
}

absl::StatusOr<MappedPage> MappedPage::Private() {
  return MapBytes(kWorkerMemoryBytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

absl::StatusOr<MappedPage> MappedPage::MapBytes(size_t bytes, int flags, int fd) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (memory == MAP_FAILED) return os::ErrnoStatus(errno, "mmap of the worker's page");
  return MappedPage(static_cast<WorkerPage*>(memory), bytes);
}

MappedPage::~MappedPage() {
  if (page_ != nullptr) munmap(page_, bytes_);
}

void MappedPage::KeepFromChildren() { madvise(page_, bytes_, MADV_DONTFORK); }

void MappedPage::Begin() {
  page_->version = kWorkerPageVersion;
  page_->magic.store(kWorkerPageMagic, std::memory_order_release);
}

bool MappedPage::InUse() const {
  return page_->magic.load(std::memory_order_acquire) == kWorkerPageMagic && page_->version >= 1;
}

UserPages* MappedPage::user() {
  if (bytes_ < kWorkerMemoryBytes) return nullptr;
  return reinterpret_cast<UserPages*>(reinterpret_cast<char*>(page_) + kWorkerPageBytes);
}

const UserPages* MappedPage::user() const { return const_cast<MappedPage*>(this)->user(); }

}  // namespace rollport::protocol
