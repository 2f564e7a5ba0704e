// Finds the handler of a path.
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
  // A `path` that ends in '/' stands for everything below it too. The later of two equal ones wins.
  void Add(std::string path, Handler handler);
  // The handler of the longest match, or null. Valid as long as the router.
  const Handler* Find(std::string_view path) const;

 private:
  struct Route {
    std::string path;
    Handler handler;
  };
  // The longest first, the later before the earlier.
  std::vector<std::unique_ptr<Route>> routes_;
};

// Decodes "%41" and '+' in a part of a query; an invalid escape stays as it is.
std::string DecodeQuery(std::string_view text);

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_ROUTER_H_
