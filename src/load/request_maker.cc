#include "load/request_maker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::load {
namespace {

// Bodies begin at any of this many places in the text.
constexpr size_t kBodyStarts = 4096;
constexpr size_t kChunk = 1000;

void AppendHead(std::string_view method, std::string_view path, const Target& target,
                std::string_view fields, std::string* bytes) {
  absl::StrAppend(bytes, ToAbsl(method), " ", ToAbsl(path),
                  " HTTP/1.1\r\nHost: ", target.url.authority,
                  "\r\nUser-Agent: rollport-load\r\nAccept: */*\r\n", ToAbsl(fields), "\r\n");
}

void AppendChunks(std::string_view body, std::string* bytes) {
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, kChunk);
    absl::StrAppend(bytes, absl::Hex(chunk.size()), "\r\n", ToAbsl(chunk), "\r\n");
    body.remove_prefix(chunk.size());
  }
  absl::StrAppend(bytes, "0\r\n\r\n");
}

}  // namespace

RequestMaker::RequestMaker(const Plan& plan) : plan_(plan), random_(plan.seed) {
  if (plan.Clients(ClientKind::kPost) == 0) return;
  text_.resize(plan.habits.post_bytes + kBodyStarts);
  std::generate(text_.begin(), text_.end(), [&] { return static_cast<char>(random_() >> 32); });
}

Expectation RequestMaker::Make(ClientKind client, const Target& target, std::string* bytes) {
  bytes->clear();
  if (client == ClientKind::kPost) return MakePost(target, bytes);
  AppendHead("GET", target.url.target, target,
             client == ClientKind::kFresh ? "Connection: close\r\n" : "", bytes);
  Expectation expectation{.method = "GET", .status = target.status, .size = target.size};
  if (target.body.has_value()) expectation.body = *target.body;
  return expectation;
}

Expectation RequestMaker::MakePost(const Target& target, std::string* bytes) {
  const std::string_view body =
      std::string_view(text_).substr(random_() % kBodyStarts, plan_.habits.post_bytes);
  chunked_ = !chunked_;
  const std::string framing = chunked_ ? "Transfer-Encoding: chunked\r\n"
                                       : absl::StrCat("Content-Length: ", body.size(), "\r\n");
  AppendHead("POST", plan_.habits.post_target, target,
             absl::StrCat("Content-Type: application/octet-stream\r\n", framing), bytes);
  if (chunked_) {
    AppendChunks(body, bytes);
  } else {
    bytes->append(body);
  }
  return {.method = "POST", .status = 200, .body = body};
}

}  // namespace rollport::load
