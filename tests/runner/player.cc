#include "runner/player.h"

#include <fmt/format.h>

#include "base/json.h"
#include "kernel/credentials.h"

namespace runner {

using kernel::Principal;

namespace {

// "in ${account} us-east-1": with the values of captures.
Result<std::vector<std::string>> interpolate_all(const std::vector<std::string>& words, const Scope& scope) {
  std::vector<std::string> texts;
  for (const std::string& word : words) texts.push_back(TRY(interpolate(word, scope)));
  return texts;
}

constexpr std::string_view kHost = "localhost:4566";
constexpr std::size_t kShownMax = 2'000;

std::string shortened(std::string text) {
  if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "…";
  return text;
}

std::string describe(const ClientAnswer& answer) {
  if (answer.success) return shortened(base::to_json(answer.output));
  return fmt::format("!! {} {} {}", answer.error.code, answer.status, shortened(answer.error.message));
}

}  // namespace

Player::Player(std::vector<kernel::Service> services, model::Protocol protocol, std::uint64_t seed, Coverage& coverage)
    : cloud_(std::move(services), seed), protocol_(protocol), coverage_(coverage) {}

std::optional<Failure> Player::play(const Case& script) { return run_steps(script.steps); }

std::optional<Failure> Player::run_steps(const std::vector<Step>& steps) {
  for (auto& step : steps) {
    scope_.now_ms = kernel::to_ms(cloud_.now());
    std::optional<Failure> inner;
    auto problem = step.kind == Step::Kind::kRepeat ? run_repeat(step, inner) : run_step(step);
    if (inner) return inner;
    if (problem) return Failure{.line = step.line, .text = *std::move(problem)};
  }
  return {};
}

Player::Problem Player::run_repeat(const Step& step, std::optional<Failure>& inner) {
  auto before = scope_.variables;
  for (std::int64_t round = 1; round <= step.count && !inner; ++round) {
    scope_.variables = before;
    scope_.variables.insert_or_assign("i", Value(round));
    inner = run_steps(step.body);
  }
  scope_.variables = std::move(before);
  return {};
}

Player::Problem Player::run_step(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kCall: return run_call(step);
    case Step::Kind::kStart:
    case Step::Kind::kWait:
    case Step::Kind::kWaiting:
    case Step::Kind::kGone: return run_started(step);
    case Step::Kind::kClock: cloud_.advance(kernel::Millis(step.count)); return {};
    case Step::Kind::kAs: return become(step.words);
    case Step::Kind::kIn: {
      auto words = interpolate_all(step.words, scope_);
      return words ? stand_in(*words) : words.error().message;
    }
    case Step::Kind::kAt: {
      auto words = interpolate_all(step.words, scope_);
      if (!words) return words.error().message;
      cloud_.reach_by(words->front());
      return {};
    }
    case Step::Kind::kLet: {
      auto value = evaluate(step.input, scope_);
      if (!value) return value.error().message;
      scope_.variables.insert_or_assign(step.name, *std::move(value));
      return {};
    }
    case Step::Kind::kWeb: return put_page(step);
    case Step::Kind::kRestart:
      started_.clear();
      cloud_.restart();
      return {};
    case Step::Kind::kCrash:
      started_.clear();
      cloud_.crash();
      return {};
    case Step::Kind::kFault: return arm_fault(step);
    case Step::Kind::kHeal: cloud_.disk().heal(); return {};
    case Step::Kind::kRows: {
      auto rows = static_cast<std::int64_t>(cloud_.count_rows(step.name));
      if (rows == step.count) return {};
      return fmt::format("{} has {} rows, expected {}", step.name, rows, step.count);
    }
    case Step::Kind::kRepeat: break;
  }
  return "the line cannot stand here";
}

// The page at an address outside of the cloud: a text as it is, else JSON; nothing takes it away.
Player::Problem Player::put_page(const Step& step) {
  auto value = evaluate(step.input, scope_);
  if (!value) return value.error().message;
  auto& pages = cloud_.pages().by_url;
  if (value->is_null())
    pages.erase(step.name);
  else
    pages.insert_or_assign(step.name, value->is_text() ? value->str() : base::to_json(*value));
  return {};
}

// `as key ID [SECRET [TOKEN]]`: captured values or texts; what is left out is what the cloud issued with the key. Whose
// key it is, and whether it is any good, shows at each call.
Player::Problem Player::take_key(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const std::string& word : words) {
    bool is_captured = word.starts_with('$') && !word.starts_with("${");
    auto text = interpolate(is_captured ? "${" + word.substr(1) + "}" : word, scope_);
    if (!text) return text.error().message;
    texts.push_back(*std::move(text));
  }
  auto row = cloud_.cloud().store().begin({}).get(kernel::kCredentials, texts[1]);
  key_ = AccessKey{.id = texts[1],
                   .secret = texts.size() > 2 ? texts[2]
                             : row            ? row->secret
                                              : "",
                   .session_token = texts.size() > 3 ? texts[3]
                                    : row            ? row->session_token
                                                     : ""};
  // The account of a key never changes; who it stands for may get another name.
  if (row) cloud_.stand_in({row->account, cloud_.place().region});
  return {};
}

// What a server does with a signed request, without the arithmetic of the signature.
Result<void> Player::identify() {
  if (!key_) return {};
  auto identity = TRY(kernel::identify(cloud_.cloud().store().begin({}), {}, key_->id, cloud_.now()));
  if (identity.session_token != key_->session_token)
    return base::fail("InvalidClientTokenId", "The security token included in the request is invalid.");
  if (identity.secret && *identity.secret != key_->secret)
    return base::fail("SignatureDoesNotMatch",
                      "The request signature we calculated does not match the signature you provided. Check your AWS "
                      "Secret Access Key and signing method. Consult the service documentation for details.");
  cloud_.become(std::move(identity.principal));
  return {};
}

Player::Problem Player::become(const std::vector<std::string>& words) {
  const std::string& who = words[0];
  if (who == "key") return take_key(words);
  key_.reset();
  if (who.starts_with("service/")) {
    cloud_.become(Principal::service(who.substr(8), cloud_.place().account, words.size() > 1 ? words[1] : ""));
    return {};
  }
  std::string account = words.size() > 1 ? words[1] : cloud_.place().account;
  cloud_.stand_in({account, cloud_.place().region});
  std::string name = who.substr(who.find('/') + 1);
  if (who == "root") {
    cloud_.become(Principal::root(account));
  } else if (who == "anonymous") {
    cloud_.become(Principal{});
  } else if (who.starts_with("user/")) {
    // As IAM knows the user, where it does; scripts of other services need not make one.
    cloud_.become(Principal::root(account));
    const auto known = cloud_.call("iam", "GetUser", Value::Map{{"UserName", name}});
    const Value user = known ? known->at("User") : Value();
    cloud_.become({.type = Principal::Type::kUser,
                   .account = account,
                   .arn = known ? user.at("Arn").str() : fmt::format("arn:aws:iam::{}:user/{}", account, name),
                   .user_id = known ? user.at("UserId").str() : "AIDATEXTTEST",
                   .access_key_id = "AKIATEXTTEST"});
  } else if (who.starts_with("role/")) {
    cloud_.become({.type = Principal::Type::kAssumedRole,
                   .account = account,
                   .arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/script", account, name),
                   .user_id = "AROATEXTTEST:script",
                   .access_key_id = "ASIATEXTTEST"});
  } else {
    return fmt::format(
        "'{}' is nobody: as root | user/NAME | role/NAME | anonymous [ACCOUNT], or key ID [SECRET [TOKEN]]", who);
  }
  return {};
}

Player::Problem Player::stand_in(const std::vector<std::string>& words) {
  if (words.size() > 1) {
    key_.reset();
    cloud_.become(Principal::root(words[0]));
  }
  cloud_.stand_in({words.size() > 1 ? words[0] : cloud_.place().account, words.back()});
  return {};
}

Player::Problem Player::arm_fault(const Step& step) {
  auto writes_before = static_cast<std::uint64_t>(step.count - 1);
  if (step.name == "write")
    cloud_.disk().fail_one_write_after(writes_before);
  else if (step.name == "writes")
    cloud_.disk().fail_writes_after(writes_before);
  else
    cloud_.disk().fail_reads();
  return {};
}

// The protocol of this run, or the service's own first one when it does not speak that.
model::Protocol Player::protocol_for(const model::Service& service) const {
  return service.speaks(protocol_) ? protocol_ : service.protocols.front();
}

Result<Player::Started> Player::start(const Step& step) {
  Started call;
  call.service = model::find_service(step.service);
  if (!call.service) return base::fail("Script", fmt::format("'{}' is no service", step.service));
  call.operation = call.service->find_operation(step.operation);
  if (!call.operation) return base::fail("Script", fmt::format("{} has no operation {}", step.service, step.operation));
  call.protocol = protocol_for(*call.service);
  Value input = TRY(evaluate(step.input, scope_));
  call.shown = fmt::format("{} {} {}", step.service, step.operation, shortened(base::to_json(input)));
  submit(call, input);
  return call;
}

// Encodes the call as a client does and reads it as the server does.
void Player::submit(Started& call, const Value& input) {
  if (call.operation->method.empty()) return submit_internal(call, input);
  ClientRequest sent = encode_request(*call.service, *call.operation, call.protocol, input);
  std::vector<wire::Header> headers{{"Host", kHost}};
  for (auto& [name, value] : sent.headers) headers.push_back({name, value});
  wire::Request request{
      .method = sent.method, .path = sent.path, .query = sent.query, .headers = headers, .body = sent.body};
  std::string request_id = fmt::format("00000000-0000-4000-8000-{:012}", ++request_count_);
  auto found = wire::find_route(request, {.signing_name = call.service->signing_name}, call.route);
  if (found && call.route.operation != call.operation)
    found = base::fail("Misrouted", fmt::format("the request was taken for {}", call.route.operation->name));
  if (!found) {
    call.answer = wire::write_error(call.route, found.error(), request_id);
    return;
  }
  auto identified = identify();
  auto parsed = identified ? wire::parse_input(call.route, request) : std::unexpected(identified.error());
  if (!parsed) {
    call.answer = wire::write_error(call.route, parsed.error(), request_id);
    return;
  }
  call.handle = cloud_.start(call.service->id, call.operation->name, *std::move(parsed));
}

// What the server calls itself is not read from any wire; its answer is shown as the service's others are.
void Player::submit_internal(Started& call, const Value& input) {
  call.route.service = call.service;
  call.route.operation = call.operation;
  call.route.protocol = call.protocol;
  ++request_count_;
  auto identified = identify();
  if (identified)
    call.handle = cloud_.start(call.service->id, call.operation->name, input);
  else
    call.answer = wire::write_error(call.route, identified.error(), "");
}

wire::Answer Player::take_answer(Started& call) {
  if (call.answer) return *std::move(call.answer);
  std::string request_id = fmt::format("00000000-0000-4000-8000-{:012}", request_count_);
  const auto& result = *cloud_.answer(call.handle);
  return result ? wire::write_output(call.route, *result, request_id)
                : wire::write_error(call.route, result.error(), request_id);
}

Player::Problem Player::run_call(const Step& step) {
  auto call = start(step);
  if (!call) return call.error().message;
  // The client waits for its answer; meanwhile time passes.
  if (!call->answer && !cloud_.wait(call->handle))
    return call->shown + "\n  it waits for something that will not happen";
  return check(*call, step.expected);
}

Player::Problem Player::run_started(const Step& step) {
  if (step.kind == Step::Kind::kStart) {
    auto call = start(step);
    if (!call) return call.error().message;
    started_.insert_or_assign(step.name, *std::move(call));
    return {};
  }
  auto found = started_.find(step.name);
  if (found == started_.end()) return fmt::format("no call was started as {}", step.name);
  Started& call = found->second;
  bool answered = call.answer || cloud_.answer(call.handle);
  if (step.kind == Step::Kind::kWaiting)
    return answered ? Problem(fmt::format("{}\n  has been answered", call.shown)) : Problem();
  Problem problem;
  if (step.kind == Step::Kind::kGone) {
    if (!call.answer) cloud_.hang_up(call.handle);
  } else {
    problem = answered ? check(call, step.expected) : fmt::format("{}\n  has not been answered", call.shown);
  }
  started_.erase(found);
  return problem;
}

Player::Problem Player::check(Started& call, const Expectation& expected) {
  wire::Answer raw = take_answer(call);
  auto answer = decode_answer(*call.service, *call.operation, call.protocol, raw);
  if (!answer)
    return fmt::format("{}\n  {}\n  the answer was {} {}", call.shown, answer.error().message, raw.status,
                       shortened(raw.body));
  auto problem = check_answer(expected, *answer);
  if (problem) {
    std::string_view mark = expected.kind == Expectation::Kind::kError ? "!! " : "";
    std::string wanted =
        expected.kind == Expectation::Kind::kSuccess ? "success" : fmt::format("{}{}", mark, expected.source);
    return fmt::format("{}\n  expected {}\n  got      {}\n  {}", call.shown, wanted, describe(*answer), *problem);
  }
  Shown& shown = coverage_[{std::string(call.service->id), std::string(call.operation->name)}];
  if (answer->success)
    shown.works = true;
  else
    shown.errors.insert(answer->error.code);
  return {};
}

Player::Problem Player::check_answer(const Expectation& expected, const ClientAnswer& answer) {
  if (expected.kind != Expectation::Kind::kError) {
    if (!answer.success) return "the call was refused";
    if (expected.kind == Expectation::Kind::kSuccess) return {};
    auto difference = mismatch(expected.pattern, answer.output, scope_);
    return difference ? Problem("at " + *difference) : Problem();
  }
  if (answer.success) return "the call was not refused";
  if (expected.code != answer.error.code) return fmt::format("the code is {}", answer.error.code);
  if (expected.status && *expected.status != answer.status) return fmt::format("the status is {}", answer.status);
  if (!expected.message) return {};
  auto message = interpolate(*expected.message, scope_);
  if (!message) return message.error().message;
  if (!matches_message(*message, answer.error.message))
    return fmt::format("the message is {}", shortened(answer.error.message));
  return {};
}

}  // namespace runner
