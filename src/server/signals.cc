#include "server/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>

namespace server {

Signals::Signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signals_ = ::signalfd(-1, &ending, SFD_CLOEXEC);
  raised_ = ::eventfd(0, EFD_CLOEXEC);
  assert(signals_ >= 0 && raised_ >= 0);
}

Signals::~Signals() {
  ::close(signals_);
  ::close(raised_);
}

void Signals::wait() {
  while (!wait_for_ms(-1)) continue;
}

bool Signals::wait_for_ms(int wait_ms) {
  pollfd ready[] = {{signals_, POLLIN, 0}, {raised_, POLLIN, 0}};
  return ::poll(ready, 2, wait_ms) > 0;
}

void Signals::raise() {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(raised_, &one, sizeof one);  // an eventfd takes it always
}

}  // namespace server
