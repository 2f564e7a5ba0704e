// include/rollport/http.h on top of worker::Exchange.
#include "rollport/http.h"

#include <utility>

#include "http/message.h"
#include "worker/exchange.h"
#include "worker/router.h"

namespace rollport {

std::string_view Request::method() const { return exchange_->request().head().method; }
std::string_view Request::target() const { return exchange_->request().head().target; }
std::string_view Request::path() const { return exchange_->request().parts().path; }
std::string_view Request::query() const { return exchange_->request().parts().query; }
std::string_view Request::body() const { return exchange_->request().body(); }
uint64_t Request::batch() const { return exchange_->batch(); }
std::string Request::peer() const { return exchange_->peer(); }

std::optional<std::string_view> Request::header(std::string_view name) const {
  return http::FindField(exchange_->request().head().fields, name);
}

std::optional<std::string> Request::header_list(std::string_view name) const {
  return http::JoinFields(exchange_->request().head().fields, name);
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  std::string_view rest = query();
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && worker::DecodeQuery(pair.substr(0, equals)) == name) {
      return worker::DecodeQuery(pair.substr(equals + 1));
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return std::nullopt;
}

Response::Response(worker::Exchange* exchange) : exchange_(exchange) { exchange_->Ref(); }
Response::Response(const Response& other) : exchange_(other.exchange_) {
  if (exchange_ != nullptr) exchange_->Ref();
}
Response::Response(Response&& other) noexcept
    : exchange_(std::exchange(other.exchange_, nullptr)) {}
Response& Response::operator=(Response other) noexcept {
  std::swap(exchange_, other.exchange_);
  return *this;
}
Response::~Response() {
  if (exchange_ != nullptr) exchange_->Unref();
}

void Response::Send(int status, std::string_view content_type, std::string_view body,
                    const Headers& headers) {
  exchange_->Send(status, content_type, body, headers);
}
void Response::SendFile(int status, std::string_view content_type, int fd, uint64_t offset,
                        uint64_t length, const Headers& headers) {
  exchange_->SendFile(status, content_type, os::UniqueFd(fd), offset, length, headers);
}
void Response::Start(int status, std::string_view content_type, const Headers& headers) {
  exchange_->Start(status, content_type, headers);
}
bool Response::Write(std::string_view piece) { return exchange_->Write(piece); }
void Response::End() { exchange_->End(); }
void Response::OnWritable(std::function<void()> callback) {
  exchange_->OnWritable(std::move(callback));
}
void Response::OnAbort(std::function<void()> callback) { exchange_->OnAbort(std::move(callback)); }
bool Response::aborted() const { return exchange_->aborted(); }

}  // namespace rollport
