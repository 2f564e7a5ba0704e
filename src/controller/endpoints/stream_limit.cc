#include "controller/endpoints/stream_limit.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollport::controller {
namespace {

class CountedStream : public admin::Stream {
 public:
  CountedStream(std::unique_ptr<admin::Stream> stream, std::shared_ptr<int> held)
      : stream_(std::move(stream)), held_(std::move(held)) {}

  void Begin(std::function<void()> more) override { stream_->Begin(std::move(more)); }
  State Take(std::string* piece) override { return stream_->Take(piece); }

 private:
  std::unique_ptr<admin::Stream> stream_;
  std::shared_ptr<int> held_;
};

}  // namespace

admin::Response StreamLimit::Admit(admin::Response response) {
  if (response.stream == nullptr) return response;
  if (open_.use_count() > max_) {
    return {.status = 503,
            .body = absl::StrCat("503 there are ", max_, " streams of events already\n")};
  }
  response.stream = std::make_unique<CountedStream>(std::move(response.stream), open_);
  return response;
}

}  // namespace rollport::controller
