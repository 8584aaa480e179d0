// The table of decisions: decisions.txt says what its rows mean.
#include <gtest/gtest.h>

#include <fstream>

#include "base/json.h"
#include "policy/evaluator.h"
#include "policy/statement.h"
#include "policy/test_support.h"

namespace policy {
namespace {

const std::map<std::string, Kind> kKinds = {
    {"identity", Kind::kIdentity},   {"boundary", Kind::kBoundary}, {"session", Kind::kSession},
    {"resource", Kind::kResource},   {"trust", Kind::kTrust},       {"scp", Kind::kServiceControl},
    {"rcp", Kind::kResourceControl}, {"endpoint", Kind::kEndpoint},
};

// The words of a row; JSON is one.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!(line = base::trim(line)).empty()) {
    std::size_t end = line[0] == '{' ? line.rfind('}') + 1 : std::min(line.find(' '), line.size());
    // Variables in keys have brackets too, but no row has them after its JSON except as "${".
    for (std::size_t i = 0, depth = 0; line[0] == '{' && i < line.size(); ++i) {
      depth += line[i] == '{';
      if (line[i] == '}' && --depth == 0) {
        end = i + 1;
        break;
      }
    }
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

Values values_of(std::string_view text) {
  if (text == "-") return {};
  Values values;
  for (std::string_view value : base::split(text, ',')) values.emplace_back(value);
  return values;
}

std::string name_of_kind(Kind kind) {
  for (const auto& [name, other] : kKinds)
    if (other == kind) return name;
  return "?";
}

std::string name_of_decision(const Decision& decision) {
  if (decision.allowed()) return "allow";
  return (decision.outcome == Outcome::kExplicitDeny ? "deny:" : "none:") + name_of_kind(decision.kind);
}

// Both ways to decide; they must agree.
std::string decide_both(const Question& question, const Policies& policies) {
  Decision decision = decide(question, policies);
  base::Value explained = explain(question, policies);
  const char* word = decision.allowed()                           ? "allowed"
                     : decision.outcome == Outcome::kExplicitDeny ? "explicitDeny"
                                                                  : "implicitDeny";
  EXPECT_EQ(explained.at("decision").str(), word);
  EXPECT_EQ(explained.at("policy").str(), decision.source);
  EXPECT_EQ(explained.at("sid").str(), decision.sid);
  if (!decision.allowed()) {
    EXPECT_TRUE(denial_message(question, decision).ends_with(explained.at("because").str()));
  }
  return name_of_decision(decision);
}

class Table {
 public:
  // What the row says happened, against what it expects; empty for other lines.
  void run(const std::vector<std::string>& row) {
    if (row[0] == "let") {
      auto policy = compile(document_of_statement(row.at(3)), kKinds.at(row.at(2)));
      ASSERT_TRUE(policy) << policy.error().message;
      policies_[row[1]] = *policy;
      return;
    }
    ++decisions;
    if (row[0] == "ask")
      ask(row);
    else if (row[0] == "who" || row[0] == "spares")
      name(row);
    else
      match(row);
  }

  int decisions = 0;

 private:
  void ask(const std::vector<std::string>& row) {
    MapContext context;
    Policies policies;
    std::string owner;
    Union rule = Union::kEither;
    for (std::size_t i = 5; i < row.size(); ++i) {
      std::string key = row[i].substr(0, row[i].find('=')), value = row[i].substr(row[i].find('=') + 1);
      if (key == "owner")
        owner = value;
      else if (key == "rule")
        rule = Union::kResourceMustAllow;
      else if (!add(policies, key, value))
        context.keys[base::to_lower(key)] = values_of(value);
    }
    Question question{kSubjects.at(row[2]), row[3], row[4], owner, context, rule};
    EXPECT_EQ(decide_both(question, policies), row[1]) << base::to_json(explain(question, policies));
  }

  Source source(std::string_view name) { return {std::string(name), policies_.at(std::string(name))}; }

  std::vector<Source> sources(std::string_view names) {
    std::vector<Source> list;
    for (std::string_view each : base::split(names, ',')) list.push_back(source(each));
    return list;
  }

  bool add(Policies& policies, const std::string& slot, const std::string& value) {
    auto levels = [&] {
      std::vector<std::vector<Source>> list;
      for (std::string_view level : base::split(value, '/')) list.push_back(sources(level));
      return list;
    };
    if (slot == "identity")
      policies.identity = sources(value);
    else if (slot == "boundary")
      policies.boundary = source(value);
    else if (slot == "session")
      policies.session = sources(value);
    else if (slot == "endpoint")
      policies.endpoint = sources(value);
    else if (slot == "resource" || slot == "trust")
      policies.resource = source(value);
    else if (slot == "scp")
      policies.service_control = levels();
    else if (slot == "rcp")
      policies.resource_control = levels();
    else
      return false;
    return true;
  }

  // Rows about one element: alone it decides whether an identity policy allows.
  void match(const std::vector<std::string>& row) {
    std::string action = "s3:GetObject", resource = "arn:aws:s3:::bucket/key", action_element, condition = "{}";
    std::string resource_element = "\"Resource\":\"*\"";
    std::size_t keys_at = 4;
    action_element = "\"Action\":\"*\"";
    if (row[0] == "act" || row[0] == "notact") {
      action_element = (row[0] == "act" ? "\"Action\":\"" : "\"NotAction\":\"") + row.at(2) + "\"";
      action = row.at(3);
    } else if (row[0] == "res" || row[0] == "notres") {
      resource_element = (row[0] == "res" ? "\"Resource\":\"" : "\"NotResource\":\"") + row.at(2) + "\"";
      resource = row.at(3);
    } else {
      ASSERT_TRUE(row[0] == "cond" || row[0] == "old");
      condition = row.at(2);
      keys_at = 3;
    }
    auto policy = compile(document_of_statement("{\"Effect\":\"Allow\"," + action_element + "," + resource_element +
                                                    ",\"Condition\":" + condition + "}",
                                                row[0] == "old" ? "2008-10-17" : "2012-10-17"),
                          Kind::kIdentity);
    ASSERT_TRUE(policy) << policy.error().message;
    MapContext context;
    for (std::size_t i = keys_at; i < row.size(); ++i)
      context.keys[base::to_lower(row[i].substr(0, row[i].find('=')))] = values_of(row[i].substr(row[i].find('=') + 1));
    Policies policies;
    policies.identity.push_back({"row", *policy});
    Question question{kAlice, action, resource, "", context};
    EXPECT_EQ(decide_both(question, policies), row[1] == "yes" ? "allow" : "none:identity");
  }

  void name(const std::vector<std::string>& row) {
    std::size_t error_at = 0;
    auto principals = Principals::compile(*read_document(row.at(2), error_at));
    ASSERT_TRUE(principals) << principals.error().message;
    const Subject& subject = kSubjects.at(row.at(3));
    const std::map<std::string, Naming> namings = {{"no", Naming::kNone},
                                                   {"account", Naming::kAccount},
                                                   {"role", Naming::kRole},
                                                   {"user", Naming::kUser},
                                                   {"direct", Naming::kDirect}};
    if (row[0] == "who")
      EXPECT_EQ(principals->naming_of(subject), namings.at(row[1]));
    else
      EXPECT_EQ(principals->spares(subject), row[1] == "yes");
  }

  std::map<std::string, PolicyPtr> policies_;
};

// IAM.3 to IAM.12, IAM.21 to IAM.35, IAM.38, IAM.39
TEST(Decisions, AreAsTheTableSays) {
  std::ifstream file(VIRGA_POLICY_TESTS "/decisions.txt");
  ASSERT_TRUE(file);
  Table table;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE("decisions.txt:" + std::to_string(number) + ": " + line);
    table.run(words_of(line));
  }
  EXPECT_GE(table.decisions, 400);
}

TEST(Decisions, AreWordedAsByAws) {
  MapContext context;
  Question question{kAlice, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q", "", context};
  auto message = [&](Outcome outcome, Kind kind) {
    return denial_message(question, {.outcome = outcome, .kind = kind});
  };
  std::string start =
      "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sqs:SendMessage on resource: "
      "arn:aws:sqs:us-east-1:111122223333:q ";
  const std::tuple<Kind, std::string, std::string> rows[] = {
      {Kind::kIdentity, "an identity-based policy", "identity-based policy"},
      {Kind::kBoundary, "a permissions boundary", "permissions boundary"},
      {Kind::kSession, "a session policy", "session policy"},
      {Kind::kResource, "a resource-based policy", "resource-based policy"},
      {Kind::kTrust, "the role trust policy", "role trust policy"},
      {Kind::kServiceControl, "a service control policy", "service control policy"},
      {Kind::kResourceControl, "a resource control policy", "resource control policy"},
      {Kind::kEndpoint, "a VPC endpoint policy", "VPC endpoint policy"},
  };
  for (const auto& [kind, denying, silent] : rows) {
    EXPECT_EQ(message(Outcome::kExplicitDeny, kind), start + "with an explicit deny in " + denying);
    EXPECT_EQ(message(Outcome::kImplicitDeny, kind),
              start + "because no " + silent + " allows the sqs:SendMessage action");
  }
  Question listing{kSubjects.at("anonymous"), "sqs:ListQueues", "*", "", context};
  EXPECT_EQ(denial_message(listing, {.outcome = Outcome::kImplicitDeny, .kind = Kind::kResource}),
            "User: anonymous is not authorized to perform: sqs:ListQueues because no resource-based policy allows the "
            "sqs:ListQueues action");
}

TEST(Decisions, AreExplainedStatementByStatement) {
  auto policy = compile(document_of_statement(R"([
      {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
      {"Sid": "B", "Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:other"},
      {"Sid": "C", "Effect": "Allow", "Action": "sqs:*", "Resource": "*",
       "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
      {"Sid": "D", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"}])"),
                        Kind::kIdentity);
  MapContext context;
  context.keys["aws:sourcevpc"] = {"vpc-2"};
  Question question{kAlice, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q", "", context};
  Policies policies;
  policies.identity.push_back({"inline policy p of user/alice", *policy});
  base::Value value = explain(question, policies);
  EXPECT_EQ(value.at("decision").str(), "allowed");
  EXPECT_EQ(value.at("sid").str(), "D");
  const base::Value& one = value.at("policies").list().at(0);
  EXPECT_EQ(one.at("kind").str(), "identity-based policy");
  const auto& statements = one.at("statements").list();
  EXPECT_EQ(statements.at(0).at("because").str(), "Action does not cover sqs:SendMessage");
  EXPECT_EQ(statements.at(1).at("because").str(), "Resource does not cover arn:aws:sqs:us-east-1:111122223333:q");
  EXPECT_EQ(statements.at(2).at("because").str(),
            "Condition StringEquals aws:SourceVpc: the request has \"vpc-2\", the policy \"vpc-1\"");
  EXPECT_TRUE(statements.at(3).at("matched").flag());
}

TEST(Decisions, NameTheKeysAPolicyAsksFor) {
  auto policy = compile(document_of_statement(R"({"Effect": "Allow", "Action": "s3:*",
      "Resource": "arn:aws:s3:::${aws:username}/*",
      "Condition": {"StringLike": {"s3:prefix": "${aws:PrincipalTag/Team, 'x'}", "AWS:UserName": "a"}}})"),
                        Kind::kIdentity);
  EXPECT_EQ(context_keys_of(**policy),
            (std::vector<std::string>{"aws:principaltag/team", "aws:username", "s3:prefix"}));
}

}  // namespace
}  // namespace policy
