// Bounds how many streams are served at once, so that live pages that are left open leave places
// for clients that only ask and go, such as Prometheus.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_STREAM_LIMIT_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_STREAM_LIMIT_H_

#include <memory>

#include "admin/message.h"

namespace rollport::controller {

class StreamLimit {
 public:
  explicit StreamLimit(int max) : max_(max) {}

  // Returns `response`, or a 503 if its stream would be one too many. The stream counts until it is
  // destroyed, and may outlive this object.
  admin::Response Admit(admin::Response response);

 private:
  const int max_;
  // Its use count is the number of open streams, plus one for this object; its value means nothing.
  std::shared_ptr<int> open_ = std::make_shared<int>();
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_STREAM_LIMIT_H_
