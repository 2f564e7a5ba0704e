#include "worker/answer_writer.h"

#include <utility>

namespace rollport::worker {

void AnswerWriter::Begin(const http::RequestHead& request, int status, http::BodyFraming framing) {
  status_ = status < 200 || status > 599 ? 500 : status;
  minor_version_ = request.minor_version;
  const bool has_content = http::StatusHasContent(status_);
  framing_ = has_content ? framing : http::BodyFraming::kNone;
  sends_content_ = has_content && request.method != "HEAD";
  content_sent_ = 0;
}

void AnswerWriter::WriteHead(std::string_view content_type, uint64_t length, bool keep_alive,
                             const Headers& headers) {
  std::string* out = output_.bytes();
  http::BeginResponseHead({.status = status_,
                           .framing = framing_,
                           .length = length,
                           .minor_version = minor_version_,
                           .keep_alive = keep_alive,
                           .date = context_.Date(),
                           .server = context_.options.name,
                           .content_type = content_type},
                          out);
  out->append(context_.fields);
  for (const auto& [name, value] : headers) {
    if (!http::IsFramingField(name)) http::AppendField(name, value, out);
  }
  http::EndHead(out);
}

void AnswerWriter::Append(std::string_view content) {
  if (!sends_content_) return;
  content_sent_ += content.size();
  std::string* out = output_.bytes();
  if (framing_ == http::BodyFraming::kChunked) {
    http::AppendChunk(content, out);
  } else {
    out->append(content);
  }
}

void AnswerWriter::AppendFile(os::UniqueFd file, uint64_t offset, uint64_t length) {
  if (!sends_content_) return;
  content_sent_ += length;
  output_.AddFile(std::move(file), offset, length);
}

void AnswerWriter::End() {
  if (framing_ == http::BodyFraming::kChunked && sends_content_) {
    http::AppendLastChunk(output_.bytes());
  }
}

}  // namespace rollport::worker
