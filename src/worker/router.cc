#include "worker/router.h"

#include <algorithm>
#include <utility>

#include "http/chars.h"

namespace rollport::worker {

void Router::Add(std::string path, Handler handler) {
  const auto at = std::find_if(routes_.begin(), routes_.end(), [&](const auto& route) {
    return route->path.size() <= path.size();
  });
  routes_.insert(at, std::make_unique<Route>(Route{std::move(path), std::move(handler)}));
}

const Handler* Router::Find(std::string_view path) const {
  for (const auto& route : routes_) {
    const std::string_view own = route->path;
    const bool below = own.ends_with('/') && path.starts_with(own);
    if (below || path == own) return &route->handler;
  }
  return nullptr;
}

std::string DecodeQuery(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? http::HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? http::HexValue(text[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

}  // namespace rollport::worker
