// The controller's own small HTTP server, beside the fleet's traffic: behind the control API's Unix
// socket and behind the admin address. Its clients, memory and time are bounded, and it accepts at
// a limited pace, so that no client can keep the controller from its work.
#ifndef ROLLPORT_ADMIN_SERVER_H_
#define ROLLPORT_ADMIN_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "admin/connection.h"
#include "admin/paced_acceptor.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::admin {

class Server {
 public:
  // Why the client of the connection `fd`, which is borrowed, is refused; empty if it is not.
  using Gate = std::function<std::string(int fd)>;

  // Serves the clients of `listener`, a listening stream socket, non-blocking. `loop` outlives the
  // server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(os::EventLoop& loop, os::UniqueFd listener,
                                                       Limits limits, Service service,
                                                       Gate gate = nullptr);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // How many clients are connected, those that are being refused among them.
  size_t connections() const { return connections_.size(); }

 private:
  using Connections = std::vector<std::unique_ptr<Connection>>;
  Server(os::EventLoop& loop, os::UniqueFd listener, Limits limits, Service service, Gate gate);
  void Admit(os::UniqueFd fd);

  os::EventLoop& loop_;
  const Limits limits_;
  const Service service_;
  const Gate gate_;
  PacedAcceptor acceptor_;
  Connections connections_;
  os::Deferred sweep_;  // destroys the connections that are over
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_SERVER_H_
