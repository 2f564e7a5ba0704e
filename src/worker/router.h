// Which handler a path belongs to.
#ifndef ROLLPORT_WORKER_ROUTER_H_
#define ROLLPORT_WORKER_ROUTER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rollport/http.h"

namespace rollport::worker {

class Router {
 public:
  // `path` ending in '/' stands for all that is below it, too. The later of two equals wins.
  void Add(std::string path, Handler handler);
  // The longest match, or null. Valid as long as the router.
  const Handler* Find(std::string_view path) const;

 private:
  struct Route {
    std::string path;
    Handler handler;
  };
  // The longest first, the later before the earlier.
  std::vector<std::unique_ptr<Route>> routes_;
};

// The parts of a request target. An absolute-form target (RFC 9112 section 3.2.2) loses its scheme
// and authority.
struct TargetParts {
  std::string_view path;
  std::string_view query;
};
TargetParts SplitTarget(std::string_view target);

// Takes "%41" and '+' off a part of a query; what is no valid escape stays as it is.
std::string DecodeQuery(std::string_view text);

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_ROUTER_H_
