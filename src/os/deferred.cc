#include "os/deferred.h"

#include <utility>

namespace rollport::os {

void Deferred::Call(std::function<void()> f) {
  function_ = std::make_shared<std::function<void()>>(std::move(f));
  loop_.Defer([wanted = std::weak_ptr(function_)] {
    const auto function = wanted.lock();
    if (function == nullptr) return;
    // Moved out of this object's reach: the call may destroy it, and with it the function.
    const std::function<void()> call = std::exchange(*function, nullptr);
    call();
  });
}

}  // namespace rollport::os
