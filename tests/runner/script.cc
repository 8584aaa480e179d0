#include "runner/script.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"

namespace runner {

namespace {

struct ProtocolName {
  std::string_view name;
  model::Protocol protocol;
};
constexpr ProtocolName kProtocolNames[] = {
    {"json", model::Protocol::kJson10},        {"json", model::Protocol::kJson11},
    {"query", model::Protocol::kQuery},        {"ec2", model::Protocol::kEc2},
    {"rest-json", model::Protocol::kRestJson}, {"rest-xml", model::Protocol::kRestXml},
    {"cbor", model::Protocol::kCbor},
};

class ScriptReader {
 public:
  explicit ScriptReader(std::string_view text) : text_(text), rest_(text) {}

  Result<std::vector<Case>> cases() {
    std::vector<Case> cases;
    while (true) {
      skip_empty_lines();
      if (rest_.empty()) break;
      auto one = read_case();
      if (!one) return base::fail("Script", fmt::format("{}: {}", line(), one.error().message));
      cases.push_back(*std::move(one));
    }
    if (cases.empty()) return base::fail("Script", "1: there is no case");
    return cases;
  }

 private:
  int line() const {
    auto read = text_.substr(0, text_.size() - rest_.size());
    return 1 + static_cast<int>(std::ranges::count(read, '\n'));
  }

  std::string_view peek() const { return rest_.substr(0, rest_.find('\n')); }

  void next_line() {
    std::size_t end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  }

  void skip_empty_lines() {
    while (!rest_.empty() && base::trim(peek()).empty()) next_line();
  }

  // To the next line that says something: neither empty nor a comment.
  void skip_silent_lines() {
    while (!rest_.empty() && (base::trim(peek()).empty() || base::trim(peek()).starts_with('#'))) next_line();
  }

  Result<Case> read_case() {
    Case one{.line = line()};
    if (!peek().starts_with("# ")) return base::fail("Script", "a case begins with '# ' and what it proves");
    one.description = base::trim(peek().substr(2));
    next_line();
    TRY_VOID(read_steps(one, one.steps, ""));
    if (one.steps.empty() && one.skip_reason.empty()) return base::fail("Script", "the case does nothing");
    return one;
  }

  // Up to the end of the case, or of the block that `block_end` ends.
  Result<void> read_steps(Case& one, std::vector<Step>& steps, std::string_view block_end) {
    while (true) {
      skip_silent_lines();
      std::string_view text = base::trim(peek());
      if (rest_.empty() || text == "---") {
        if (!block_end.empty()) return base::fail("Script", fmt::format("'{}' is missing", block_end));
        next_line();
        return {};
      }
      if (!block_end.empty() && text == block_end) {
        next_line();
        return {};
      }
      if (text.starts_with("skip:")) {
        one.skip_reason = base::trim(text.substr(5));
        if (one.skip_reason.empty()) return base::fail("Script", "skip: wants a reason");
        next_line();
      } else if (text.starts_with("over ")) {
        TRY_VOID(read_protocols(one, text.substr(5)));
        next_line();
      } else {
        steps.push_back(TRY(read_step(one)));
      }
    }
  }

  static Result<void> read_protocols(Case& one, std::string_view names) {
    for (std::string_view name : base::split(names, ' ')) {
      if (name.empty()) continue;
      bool known = false;
      for (auto& [known_name, protocol] : kProtocolNames) {
        if (known_name != name) continue;
        one.protocols.push_back(protocol);
        known = true;
      }
      if (!known) return base::fail("Script", fmt::format("'{}' is no protocol", name));
    }
    return {};
  }

  // The next word of the line, which is moved behind it.
  std::string word() {
    std::size_t start = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    rest_.remove_prefix(start);
    std::size_t end = std::min(rest_.find_first_of(" \t\r\n"), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }

  Result<void> end_of_line() {
    std::string_view left = base::trim(peek());
    if (!left.empty()) return base::fail("Script", fmt::format("'{}' was not expected", left));
    next_line();
    return {};
  }

  Result<Step> read_step(Case& one) {
    Step step{.line = line()};
    std::string verb = word();
    if (verb == "clock") return read_clock(std::move(step));
    if (verb == "as" || verb == "in")
      return read_words(std::move(step), verb == "as" ? Step::Kind::kAs : Step::Kind::kIn);
    if (verb == "at") return read_words(std::move(step), Step::Kind::kAt);
    if (verb == "let") return read_let(std::move(step));
    if (verb == "web") return read_web(std::move(step));
    if (verb == "rows") return read_rows(std::move(step));
    if (verb == "fault") return read_fault(std::move(step));
    if (verb == "repeat") return read_repeat(std::move(step), one);
    if (verb == "wait") return read_wait(std::move(step));
    if (verb == "restart") return read_word(std::move(step), Step::Kind::kRestart);
    if (verb == "crash") return read_word(std::move(step), Step::Kind::kCrash);
    if (verb == "heal") return read_word(std::move(step), Step::Kind::kHeal);
    if (verb == "waiting" || verb == "gone") {
      step.name = word();
      return read_word(std::move(step), verb == "gone" ? Step::Kind::kGone : Step::Kind::kWaiting);
    }
    if (verb == "start") {
      step.kind = Step::Kind::kStart;
      step.name = word();
      verb = word();
    }
    if (verb == "->" || verb == "!!") return base::fail("Script", "an expectation without a call");
    return read_call(std::move(step), std::move(verb));
  }

  Result<Step> read_word(Step step, Step::Kind kind) {
    step.kind = kind;
    TRY_VOID(end_of_line());
    return step;
  }

  Result<Step> read_clock(Step step) {
    step.kind = Step::Kind::kClock;
    std::string text = word();
    auto duration_ms = parse_duration_ms(text);
    if (!text.starts_with('+') || !duration_ms) return base::fail("Script", "clock wants a duration: clock +1h30m");
    step.count = *duration_ms;
    TRY_VOID(end_of_line());
    return step;
  }

  Result<Step> read_words(Step step, Step::Kind kind) {
    step.kind = kind;
    for (std::string_view part : base::split(base::trim(peek()), ' '))
      if (!part.empty()) step.words.emplace_back(part);
    bool is_key = !step.words.empty() && kind == Step::Kind::kAs && step.words[0] == "key";
    if (is_key && (step.words.size() < 2 || step.words.size() > 4))
      return base::fail("Script", "as key ID [SECRET [TOKEN]]");
    if (step.words.empty() || (step.words.size() > 2 && !is_key))
      return base::fail("Script", "one or two words are wanted here");
    next_line();
    return step;
  }

  Result<Step> read_let(Step step) {
    step.kind = Step::Kind::kLet;
    step.name = word();
    step.input = TRY(parse_term(rest_));
    TRY_VOID(end_of_line());
    return step;
  }

  Result<Step> read_web(Step step) {
    step.kind = Step::Kind::kWeb;
    step.name = word();
    step.input = base::trim(peek()).empty() ? Term{} : TRY(parse_term(rest_));
    TRY_VOID(end_of_line());
    return step;
  }

  Result<Step> read_rows(Step step) {
    step.kind = Step::Kind::kRows;
    step.name = word();
    if (word() != "->") return base::fail("Script", "rows TABLE -> COUNT");
    auto count = base::parse_number(word());
    if (!count) return base::fail("Script", "rows TABLE -> COUNT");
    step.count = *count;
    TRY_VOID(end_of_line());
    return step;
  }

  Result<Step> read_fault(Step step) {
    step.kind = Step::Kind::kFault;
    step.name = word();
    bool counted = step.name == "write" || step.name == "writes";
    if (!counted && step.name != "reads") return base::fail("Script", "fault write N | writes N | reads");
    if (counted) {
      auto count = base::parse_number(word());
      if (!count || *count < 1) return base::fail("Script", "which write is to fail, 1, 2, …?");
      step.count = *count;
    }
    TRY_VOID(end_of_line());
    return step;
  }

  Result<Step> read_repeat(Step step, Case& one) {
    step.kind = Step::Kind::kRepeat;
    auto count = base::parse_number(word());
    if (!count) return base::fail("Script", "repeat COUNT");
    step.count = *count;
    TRY_VOID(end_of_line());
    TRY_VOID(read_steps(one, step.body, "end"));
    return step;
  }

  Result<Step> read_wait(Step step) {
    step.kind = Step::Kind::kWait;
    step.name = word();
    TRY_VOID(end_of_line());
    step.expected = TRY(read_expectation());
    return step;
  }

  Result<Step> read_call(Step step, std::string service) {
    step.service = std::move(service);
    step.operation = word();
    if (step.operation.empty() || step.operation[0] < 'A' || step.operation[0] > 'Z')
      return base::fail("Script", fmt::format("'{}' is no line of a script", step.service));
    step.input = Term{.kind = Term::Kind::kMap};
    if (!base::trim(peek()).empty()) step.input = TRY(parse_term(rest_));
    if (step.input.kind != Term::Kind::kMap) return base::fail("Script", "a call's input is a map");
    TRY_VOID(end_of_line());
    if (step.kind == Step::Kind::kCall) step.expected = TRY(read_expectation());
    return step;
  }

  Result<Expectation> read_expectation() {
    skip_silent_lines();
    Expectation expected;
    if (peek().starts_with("->")) {
      expected.kind = Expectation::Kind::kMatch;
      rest_.remove_prefix(2);
      std::string_view from = rest_;
      expected.pattern = TRY(parse_term(rest_));
      expected.source = base::trim(from.substr(0, from.size() - rest_.size()));
      TRY_VOID(end_of_line());
    } else if (peek().starts_with("!!")) {
      expected.kind = Expectation::Kind::kError;
      rest_.remove_prefix(2);
      expected.source = base::trim(peek());
      expected.code = word();
      std::string_view left = base::trim(peek());
      if (auto status = base::parse_number<int>(left.substr(0, left.find(' ')))) {
        expected.status = *status;
        left = base::trim(left.substr(std::min(left.find(' '), left.size())));
      }
      if (left.starts_with('"')) {
        auto text = base::parse_json(left);
        if (!text) return std::unexpected(text.error());
        expected.message = text->str();
      } else if (!left.empty()) {
        expected.message = left;
      }
      next_line();
    }
    return expected;
  }

  std::string_view text_;
  std::string_view rest_;
};

void collect_services(const std::vector<Step>& steps, std::vector<std::string>& services) {
  for (auto& step : steps) {
    if (!step.service.empty() && std::ranges::find(services, step.service) == services.end())
      services.push_back(step.service);
    collect_services(step.body, services);
  }
}

}  // namespace

std::vector<std::string> Case::services() const {
  std::vector<std::string> services;
  collect_services(steps, services);
  return services;
}

Result<std::vector<Case>> parse_script(std::string_view text) { return ScriptReader(text).cases(); }

std::optional<model::Protocol> protocol_of(std::string_view name) {
  for (auto& [known, protocol] : kProtocolNames)
    if (known == name) return protocol;
  return std::nullopt;
}

std::string_view name_of(model::Protocol protocol) {
  for (auto& known : kProtocolNames)
    if (known.protocol == protocol) return known.name;
  return "?";
}

}  // namespace runner
