#include "services/cloudtrail/parameters.h"

#include <algorithm>

#include "base/json.h"
#include "base/time_text.h"

namespace cloudtrail {

namespace {

using base::Value;
using model::Kind;

constexpr std::string_view kHidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
// "The maximum size of requestParameters is 100 KB; if the content exceeds it, it is omitted."
constexpr std::size_t kParametersBytesMax = 100 * 1024;

// Members that carry what users mean for each other's eyes: CloudTrail shows that they were there.
constexpr std::string_view kHiddenMembers[] = {"Message",
                                               "MessageAttributes",
                                               "MessageBody",
                                               "MessageStructure",
                                               "MessageSystemAttributes",
                                               "SecretBinary",
                                               "SecretString",
                                               "Subject",
                                               "cause",
                                               "input",
                                               "output"};
// Members that never appear. Members of sensitive shapes and blobs do not either.
constexpr std::string_view kAbsentMembers[] = {"AttributeUpdates",
                                               "AuthenticationCode1",
                                               "AuthenticationCode2",
                                               "Body",
                                               "CertificateBody",
                                               "CiphertextBlob",
                                               "ClientSecret",
                                               "Data",
                                               "Entries",
                                               "ExpressionAttributeValues",
                                               "Item",
                                               "Key",
                                               "NewPassword",
                                               "OldPassword",
                                               "Password",
                                               "Payload",
                                               "Plaintext",
                                               "PrivateKey",
                                               "PrivateKeyPlaintext",
                                               "Records",
                                               "SAMLAssertion",
                                               "SecretAccessKey",
                                               "SecretHash",
                                               "ServicePassword",
                                               "TokenCode",
                                               "WebIdentityToken"};

bool shows_hidden(const model::Service& service) {
  return service.id == "sqs" || service.id == "sns" || service.id == "secretsmanager" || service.id == "stepfunctions";
}

// Of the members above, those that are secrets only in the services named.
bool is_absent(const model::Service& service, const model::Member& member) {
  if (member.streaming || member.shape->kind == Kind::kBlob) return true;
  if (!std::ranges::binary_search(kAbsentMembers, member.name)) return false;
  if (member.name == "Key") return service.id == "dynamodb";
  if (member.name == "Entries") return service.id == "events";
  return true;
}

class Writer {
 public:
  explicit Writer(const model::Service& service) : service_(service) {}

  Value structure(const model::Shape& shape, const Value& value) const {
    Value::Map shown;
    for (const auto& [name, below] : value.map()) {
      const model::Member* member = shape.find(name);
      if (!member || below.is_null() || is_absent(service_, *member)) continue;
      bool is_hidden = std::ranges::binary_search(kHiddenMembers, member->name) && shows_hidden(service_);
      if (is_hidden) {
        shown.emplace_back(shown_name(*member), kHidden);
      } else if (member->shape->sensitive) {
        // IAM and KMS leave secrets out altogether.
        if (service_.id == "iam" || service_.id == "sts" || service_.id == "kms") continue;
        shown.emplace_back(shown_name(*member), kHidden);
      } else {
        shown.emplace_back(shown_name(*member), any(*member->shape, below));
      }
    }
    return Value(std::move(shown));
  }

 private:
  std::string shown_name(const model::Member& member) const {
    if (service_.id == "s3" && member.name == "Bucket") return "bucketName";
    std::string name(member.name);
    if (service_.id == "sts" && name == "TokenCode") return "tokenCode";
    // "MD5OfBody" becomes "mD5OfBody", as the Java beans behind it have it; "SSEAlgorithm" likewise.
    if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] - 'A' + 'a');
    return name;
  }

  Value any(const model::Shape& shape, const Value& value) const {
    switch (shape.kind) {
      case Kind::kStructure:
      case Kind::kUnion: return structure(shape, value);
      case Kind::kList: {
        Value::List list;
        for (const Value& below : value.list()) list.push_back(any(*shape.element().shape, below));
        return Value(std::move(list));
      }
      case Kind::kMap: {
        Value::Map map;
        for (const auto& [key, below] : value.map()) map.emplace_back(key, any(*shape.value().shape, below));
        return Value(std::move(map));
      }
      case Kind::kTimestamp: return Value(time_text(value.num()));
      case Kind::kBlob: return Value(kHidden);
      default: return shape.sensitive ? Value(kHidden) : value;
    }
  }

  // "Jan 1, 2026, 12:00:00 AM"
  static std::string time_text(std::int64_t time_ms) {
    static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::string iso = base::format_iso8601(time_ms);  // 2026-01-01T00:00:00Z
    int month = std::stoi(iso.substr(5, 2)), day = std::stoi(iso.substr(8, 2)), hour = std::stoi(iso.substr(11, 2));
    return fmt::format("{} {}, {}, {}:{} {}", kMonths[month - 1], day, iso.substr(0, 4), (hour + 11) % 12 + 1,
                       iso.substr(14, 5), hour < 12 ? "AM" : "PM");
  }

  const model::Service& service_;
};

}  // namespace

std::string parameters_text(const model::Service& service, const model::Shape& shape, const Value& value) {
  if (value.map().empty()) return {};
  Value shown = Writer(service).structure(shape, value);
  if (shown.map().empty()) return {};
  std::string text = base::to_json(shown);
  if (text.size() <= kParametersBytesMax) return text;
  return base::to_json(Value::Map{{"omitted", true},
                                  {"originalSize", static_cast<std::int64_t>(text.size())},
                                  {"reason", "The content exceeds the maximum size."}});
}

}  // namespace cloudtrail
