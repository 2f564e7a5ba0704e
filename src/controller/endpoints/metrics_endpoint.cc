#include "controller/endpoints/metrics_endpoint.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kFresh = absl::Milliseconds(100);

}  // namespace

MetricsEndpoint::MetricsEndpoint(os::EventLoop& loop, const prometheus::Collectable& fleet,
                                 std::function<exposition::ForeignFamilies()> foreign)
    : loop_(loop), fleet_(fleet), foreign_(std::move(foreign)) {}

admin::Response MetricsEndpoint::Answer(const admin::Request& request) {
  if (loop_.Now() >= fresh_until_) {
    families_ = fleet_.Collect();
    foreign_families_ = foreign_();
    bodies_.clear();
    fresh_until_ = loop_.Now() + kFresh;
  }
  const exposition::Format format = exposition::Negotiate(request.field("Accept").value_or(""));
  const bool gzip = exposition::AcceptsGzip(request.field("Accept-Encoding").value_or(""));
  std::string& body = bodies_[{format, gzip}];
  if (body.empty()) {
    body = exposition::Serialize(format, families_, foreign_families_);
    if (gzip) body = exposition::Gzip(body);
  }
  admin::Response response{.content_type = std::string(exposition::ContentType(format)),
                           .body = body,
                           .fields = {{"Vary", "Accept, Accept-Encoding"}}};
  if (gzip) response.fields.emplace_back("Content-Encoding", "gzip");
  return response;
}

}  // namespace rollport::controller
