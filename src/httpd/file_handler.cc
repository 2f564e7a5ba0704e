#include "httpd/file_handler.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "http/message.h"
#include "httpd/reply.h"

namespace rollport::httpd {
namespace {

int64_t WallClockNanos() {
  timespec t;
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return static_cast<int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

// Reads `size` bytes into `*out`, fewer if the file ends sooner. Returns 0 or the errno.
int ReadWhole(int fd, uint64_t size, std::string* out) {
  out->resize(size);
  size_t done = 0;
  while (done < size) {
    const ssize_t n = read(fd, out->data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  out->resize(done);
  return 0;
}

}  // namespace

void FileHandler::Answer(const Request& request, const Response& response) {
  if (request.method() != "GET" && request.method() != "HEAD")
    return AnswerOther(request, response);
  ParseUrlPath(request.path(), &path_);
  switch (path_.error) {
    case PathError::kMalformed:
      return ReplyError(response, 400);
    case PathError::kHidden:
      return ReplyError(response, 404);
    case PathError::kNone:
      return AnswerPath(request, response);
  }
}

void FileHandler::AnswerOther(const Request& request, Response response) {
  const Headers allow = {{"Allow", "GET, HEAD, OPTIONS"}};
  if (request.method() == "OPTIONS") return response.Send(204, "", "", allow);
  if (http::IsStandardMethod(request.method())) {
    return ReplyError(std::move(response), 405, allow);
  }
  ReplyError(std::move(response), 501);
}

void FileHandler::AnswerPath(const Request& request, Response response) {
  if (path_.is_folder) path_.relative += path_.relative.empty() ? "index.html" : "/index.html";
  if (!AnswerFromCache(request, response)) AnswerFromDisk(request, std::move(response));
}

bool FileHandler::StillOnDisk(const File& file) const {
  struct stat s;
  return root_.Stat(path_.relative, &s) == 0 && FileVersion::Of(s) == file.version;
}

bool FileHandler::AnswerFromCache(const Request& request, Response response) {
  if (cache_.empty()) return false;
  File* const file = cache_.Find(path_.relative);
  if (file == nullptr) return false;
  if (file->batch != request.batch() && !StillOnDisk(*file)) {
    cache_.Drop(path_.relative);
    return false;
  }
  file->batch = request.batch();
  ReplyFile(request, std::move(response), *file, os::UniqueFd());
  return true;
}

void FileHandler::AnswerFromDisk(const Request& request, Response response) {
  Root::Opened opened = root_.OpenFile(path_.relative);
  struct stat s;
  if (opened.error == 0 && fstat(opened.fd.get(), &s) != 0) opened.error = errno;
  if (opened.error != 0) return ReplyErrno(std::move(response), opened.error);
  if (S_ISDIR(s.st_mode) && !path_.is_folder) {
    return ReplyMoved(std::move(response), EncodeUrlPath(path_.relative + "/"), request.query());
  }
  if (!S_ISREG(s.st_mode)) return ReplyError(std::move(response), 404);
  const FileVersion version = FileVersion::Of(s);
  if (version.size <= kSmallFile) {
    return AnswerSmall(request, std::move(response), opened.fd.get(), version);
  }
  ReplyFile(request, std::move(response), File(version, path_.relative), std::move(opened.fd));
}

void FileHandler::AnswerSmall(const Request& request, Response response, int fd,
                              const FileVersion& version) {
  File file(version, path_.relative);
  if (const int error = ReadWhole(fd, version.size, &file.content); error != 0) {
    return ReplyErrno(std::move(response), error);
  }
  if (file.content.size() == version.size) {
    cache_.Put(path_.relative, file, WallClockNanos());
  } else {
    // It shrank while we read it; this is all there is.
    file.version.size = file.content.size();
  }
  ReplyFile(request, std::move(response), file, os::UniqueFd());
}

}  // namespace rollport::httpd
