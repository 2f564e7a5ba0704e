// The bytes that wait to be sent to one client.
#ifndef ROLLPORT_ADMIN_OUTBOX_H_
#define ROLLPORT_ADMIN_OUTBOX_H_

#include <cstddef>
#include <optional>
#include <string>

namespace rollport::admin {

class Outbox {
 public:
  // To be appended to.
  std::string* bytes() { return &bytes_; }
  // How many bytes have not been sent.
  size_t pending() const { return bytes_.size() - sent_; }
  bool empty() const { return pending() == 0; }

  // Sends what the socket `fd` takes now: how many bytes that were. nullopt if the connection is
  // broken.
  std::optional<size_t> Flush(int fd);

 private:
  std::string bytes_;
  size_t sent_ = 0;  // of bytes_
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_OUTBOX_H_
