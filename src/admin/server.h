// The controller's own small HTTP server, beside the fleet's traffic: behind the control API's Unix
// socket and behind the admin address. It is bounded in clients, memory and time, and paced, so
// that no client can keep the controller from its work.
#ifndef ROLLPORT_ADMIN_SERVER_H_
#define ROLLPORT_ADMIN_SERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "admin/connection.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::admin {

class Server {
 public:
  // Why the client at this connection may not ask; empty where it may.
  using Gate = std::function<std::string(int fd)>;

  // Serves clients of `listener`, a listening stream socket, non-blocking. `loop` outlives it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(os::EventLoop& loop, os::UniqueFd listener,
                                                       Limits limits, Service service,
                                                       Gate gate = nullptr);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // How many clients are connected.
  size_t connections() const { return connections_.size(); }

 private:
  Server(os::EventLoop& loop, os::UniqueFd listener, Limits limits, Service service, Gate gate);
  void AcceptSome();
  void Admit(os::UniqueFd fd);
  // How many are not over yet.
  size_t Open() const;
  // Drops the client whose next request has been waited for the longest; false where there is none.
  bool MakeRoom();

  os::EventLoop& loop_;
  const Limits limits_;
  const Service service_;
  const Gate gate_;
  os::UniqueFd listener_;
  os::FdWatch watch_;
  os::Timer accept_again_;
  std::map<int64_t, std::unique_ptr<Connection>> connections_;
  int64_t last_connection_ = 0;
  // Lets a deferred clean-up find out that there is nothing left to clean.
  std::shared_ptr<Server*> self_ = std::make_shared<Server*>(this);
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_SERVER_H_
