// The bytes of one answer: its head, with the fields that every answer has, and its content as the
// request allows it.
#ifndef ROLLPORT_WORKER_ANSWER_WRITER_H_
#define ROLLPORT_WORKER_ANSWER_WRITER_H_

#include <cstdint>
#include <string_view>

#include "http/message.h"
#include "http/serialize.h"
#include "os/unique_fd.h"
#include "rollport/http.h"
#include "worker/context.h"
#include "worker/output.h"

namespace rollport::worker {

class AnswerWriter {
 public:
  // REQUIRES: both outlive this.
  AnswerWriter(Context& context, Output& output) : context_(context), output_(output) {}

  // Begins an answer to `request`, and writes nothing yet. A status that is not 200 to 599 becomes
  // 500; one that never has content makes `framing` kNone.
  void Begin(const http::RequestHead& request, int status, http::BodyFraming framing);
  // Whether the client can see where the answer ends without a close. REQUIRES: Begin().
  bool delimited() const { return framing_ != http::BodyFraming::kUntilClosing; }
  // Writes the head; `length`, in bytes, is for kLength. Of `headers`, those of
  // http::IsFramingField are left out. REQUIRES: Begin().
  void WriteHead(std::string_view content_type, uint64_t length, bool keep_alive,
                 const Headers& headers);

  // Write content, in chunks if the framing says so; nothing if !sends_content(). A file is sent
  // without being read into memory. REQUIRES: WriteHead().
  void Append(std::string_view content);
  void AppendFile(os::UniqueFd file, uint64_t offset, uint64_t length);
  // Writes what follows the content, if the framing needs it.
  void End();
  // Bytes of this answer and those before it that wait in memory.
  size_t waiting() const { return output_.waiting(); }

  // False in an answer to HEAD, or of a status without content.
  bool sends_content() const { return sends_content_; }
  int status() const { return status_; }
  uint64_t content_sent() const { return content_sent_; }  // bytes, without framing

 private:
  Context& context_;
  Output& output_;
  int status_ = 0;
  int minor_version_ = 1;  // of the request
  http::BodyFraming framing_ = http::BodyFraming::kNone;
  bool sends_content_ = true;
  uint64_t content_sent_ = 0;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_ANSWER_WRITER_H_
