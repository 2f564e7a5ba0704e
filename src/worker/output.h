// What a connection still has to send: bytes, then perhaps a part of a file.
#ifndef ROLLPORT_WORKER_OUTPUT_H_
#define ROLLPORT_WORKER_OUTPUT_H_

#include <cstdint>
#include <string>

#include "os/unique_fd.h"
#include "worker/buffers.h"

namespace rollport::worker {

class Output {
 public:
  explicit Output(StringPool& pool) : pool_(pool) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { pool_.Give(std::move(bytes_)); }

  // The bytes to send, to append to. REQUIRES: !has_file().
  std::string* bytes();
  // Sends this part of `file` after the bytes. REQUIRES: !has_file().
  void AddFile(os::UniqueFd file, uint64_t offset, uint64_t length);

  bool empty() const { return sent_ == bytes_.size() && file_left_ == 0; }
  bool has_file() const { return file_left_ > 0; }
  // Bytes that wait in memory.
  size_t waiting() const { return bytes_.size() - sent_; }

  enum class Result {
    kDone,     // the kernel has taken everything
    kBlocked,  // wait for EPOLLOUT
    kYield,    // much has been sent in this turn: go on in the next
    kBroken,   // the peer has gone, or the file is shorter than announced
  };
  // Sends what the non-blocking socket `fd` takes, and sets `*progress` if that was anything.
  // `last` promises a shutdown(2) right after kDone: the kernel may then keep the last segment back
  // until the FIN goes with it, which saves both sides a packet and the client a wake-up.
  Result Flush(int fd, bool last, bool* progress);

 private:
  Result SendBytes(int fd, bool last, bool* progress);
  Result SendFile(int fd, bool* progress);

  StringPool& pool_;
  std::string bytes_;
  size_t sent_ = 0;  // of bytes_
  os::UniqueFd file_;
  uint64_t file_offset_ = 0;
  uint64_t file_left_ = 0;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_OUTPUT_H_
