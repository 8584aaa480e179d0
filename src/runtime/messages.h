#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/descriptor.h"
#include "runtime/spawner.h"

// What the server and its spawner tell each other over a socket of whole messages, with descriptors beside them.
namespace runtime {

enum class Word : std::uint8_t {
  // To the spawner. Each but kHello begins with the id of a sandbox, which the server chose.
  kHello,  // isolation, work folder
  kSpawn,  // a spec; with stdout, stderr, and stdin where there is one
  kFreeze,
  kThaw,
  kKill,
  kMeasure,
  kMount,  // from, to, from, to …
  // From it.
  kReady,     // tier, findings
  kRefused,   // code, message: what was asked by kHello is not to be had
  kStarted,   // pid; with the sockets asked for
  kFailed,    // code, message
  kMeasured,  // known, used, peak (in MB)
  kMounted,   // what hindered it; empty: nothing
  kExited,    // a report
};

// A message longer than this is not sent; the kernel's own limit is a little above.
inline constexpr std::size_t kMessageBytesMax = 160'000;

class MessageWriter {
 public:
  explicit MessageWriter(Word word) { number(static_cast<std::int64_t>(word)); }
  MessageWriter& number(std::int64_t number);
  MessageWriter& text(std::string_view text);
  MessageWriter& texts(const std::vector<std::string>& texts);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what a writer wrote. Past the end, numbers are 0 and texts empty: the other side is this same program.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : rest_(bytes) {}
  std::int64_t number();
  int whole() { return static_cast<int>(number()); }
  Word word() { return static_cast<Word>(number()); }
  std::string text();
  std::vector<std::string> texts();

 private:
  std::string_view rest_;
};

void write_spec(MessageWriter& out, const ProcessSpec& spec);
ProcessSpec read_spec(MessageReader& in);
void write_report(MessageWriter& out, const ExitReport& report);
ExitReport read_report(MessageReader& in);
void write_findings(MessageWriter& out, const Findings& findings);
Findings read_findings(MessageReader& in);

struct Message {
  std::string bytes;
  std::vector<Descriptor> descriptors;
};

// Whether it was sent: false when nobody is there any more.
bool send_message(int socket, std::string_view bytes, std::span<const int> descriptors = {});
// Waits for one; nothing when the other end is gone, or, with kNever, when there is none yet.
enum class Waiting : std::uint8_t { kForever, kNever };
std::optional<Message> receive_message(int socket, Waiting waiting = Waiting::kForever);

}  // namespace runtime
