#include "bench/requests.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "auth/sign.h"
#include "base/bytes.h"

namespace bench {

namespace {

constexpr int kBatchItems = 25;         // of a BatchWriteItem
constexpr int kTransactionItems = 4;    // of a TransactWriteItems
constexpr int kPartitionItems = 100;    // of the partition that is queried
constexpr int kMessagesPerBatch = 10;   // of a SendMessageBatch
constexpr int kEventsPerBatch = 1'000;  // of a PutLogEvents

// Makes whole requests, signed with the credentials of the environment.
class Requests {
 public:
  explicit Requests(const Options& options)
      : options_(options),
        host_("127.0.0.1:" + std::to_string(options.port)),
        queue_url_("http://" + host_ + "/000000000000/" + options.queue) {
    auto variable = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
    credentials_ = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN")};
  }

  // --- SQS and STS
  std::string create_queue() const { return sqs("CreateQueue", R"({"QueueName":")" + options_.queue + "\"}"); }
  std::string send() const { return sqs("SendMessage", queue_member() + R"(,"MessageBody":")" + text() + "\"}"); }
  std::string send_query() const {
    return query("sqs", "Action=SendMessage&Version=2012-11-05&QueueUrl=" + base::percent_encode(queue_url_) +
                            "&MessageBody=" + text());
  }
  std::string send_batch() const {
    std::string body = queue_member() + R"(,"Entries":[)";
    for (int i = 0; i < kMessagesPerBatch; ++i)
      body += (i ? "," : "") + std::string(R"({"Id":")") + std::to_string(i) + R"(","MessageBody":")" + text() + "\"}";
    return sqs("SendMessageBatch", body + "]}");
  }
  std::string receive(int wait_seconds) const {
    return sqs("ReceiveMessage", queue_member() + R"(,"WaitTimeSeconds":)" + std::to_string(wait_seconds) + "}");
  }
  std::string remove(std::string_view handle) const {
    return sqs("DeleteMessage", queue_member() + R"(,"ReceiptHandle":")" + std::string(handle) + "\"}");
  }
  std::string iam(const std::string& request) const { return query("iam", request + "&Version=2010-05-08"); }
  // Signs what follows with this key.
  void use_key(std::string id, std::string secret) { credentials_ = {std::move(id), std::move(secret), ""}; }
  std::string caller_identity() const { return query("sts", "Action=GetCallerIdentity&Version=2011-06-15"); }

  // --- KMS
  std::string create_key() const { return kms("CreateKey", "{}"); }
  std::string encrypt(std::string_view key) const {
    return kms("Encrypt", R"({"KeyId":")" + std::string(key) + R"(","Plaintext":")" +
                              base::to_base64(std::string(1'024, 'p')) + "\"}");
  }
  std::string generate_data_key(std::string_view key) const {
    return kms("GenerateDataKey", R"({"KeyId":")" + std::string(key) + R"(","KeySpec":"AES_256"})");
  }
  std::string create_encrypted_queue() const {
    return sqs("CreateQueue",
               R"({"QueueName":")" + options_.queue + R"(","Attributes":{"KmsMasterKeyId":"alias/aws/sqs"}})");
  }
  std::string create_plain_queue() const {
    return sqs("CreateQueue",
               R"({"QueueName":")" + options_.queue + R"(","Attributes":{"SqsManagedSseEnabled":"false"}})");
  }

  // --- Secrets Manager and Parameter Store
  std::string create_secret() const {
    return json("secretsmanager", "secretsmanager.CreateSecret",
                R"({"Name":"bench","SecretString":")" + text() +
                    R"(","ClientRequestToken":"3f0c1b9e-0000-4000-8000-000000000000"})");
  }
  std::string get_secret() const {
    return json("secretsmanager", "secretsmanager.GetSecretValue", R"({"SecretId":"bench"})");
  }
  std::string put_parameter() const {
    return json("ssm", "AmazonSSM.PutParameter", R"({"Name":"/bench/a/b","Type":"String","Value":")" + text() + "\"}");
  }
  std::string get_parameter() const { return json("ssm", "AmazonSSM.GetParameter", R"({"Name":"/bench/a/b"})"); }

  // --- CloudWatch Logs
  std::string create_log_group() const {
    return json("logs", "Logs_20140328.CreateLogGroup", "{" + group_member() + "}");
  }
  std::string create_log_stream() const {
    return json("logs", "Logs_20140328.CreateLogStream", "{" + group_member() + R"(,"logStreamName":"bench"})");
  }
  // A batch of lines of 100 bytes, of this moment.
  std::string put_logs() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    std::string body = "{" + group_member() + R"(,"logStreamName":"bench","logEvents":[)";
    for (int i = 0; i < kEventsPerBatch; ++i)
      body += (i ? "," : "") + std::string(R"({"timestamp":)") + std::to_string(now_ms) + R"(,"message":"INFO line )" +
              std::to_string(100'000 + i) + " " + std::string(83, 'x') + "\"}";
    return json("logs", "Logs_20140328.PutLogEvents", body + "]}");
  }

  // --- DynamoDB
  enum class Index { kNone, kOne };
  std::string create_table(Index index) const {
    std::string attributes = R"({"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"})";
    std::string more;
    if (index == Index::kOne) {
      attributes += R"(,{"AttributeName":"group","AttributeType":"S"})";
      more = R"(,"GlobalSecondaryIndexes":[{"IndexName":"by-group","KeySchema":[{"AttributeName":"group",)"
             R"("KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}])";
    }
    return table("CreateTable", table_member() + R"(,"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)" +
                                    attributes + R"(],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)" +
                                    R"({"AttributeName":"sk","KeyType":"RANGE"}])" + more + "}");
  }
  std::string describe_table() const { return table("DescribeTable", table_member() + "}"); }
  std::string put(std::int64_t number, int count) const {
    return table("PutItem", table_member() + R"(,"Item":)" + item(number, count) + "}");
  }
  std::string get(std::int64_t number) const {
    return table("GetItem", table_member() + R"(,"Key":)" + key(number) + "}");
  }
  std::string update(std::int64_t number) const {
    return table("UpdateItem", table_member() + R"(,"Key":)" + key(number) +
                                   R"(,"UpdateExpression":"SET #c = #c + :one","ConditionExpression":"#c >= :none",)" +
                                   R"("ExpressionAttributeNames":{"#c":"count"},"ExpressionAttributeValues":)" +
                                   R"({":one":{"N":"1"},":none":{"N":"0"}}})");
  }
  std::string put_batch(std::int64_t first, std::int64_t step = 1) const {
    std::string body = R"({"RequestItems":{")" + options_.table + R"(":[)";
    for (int i = 0; i < kBatchItems; ++i)
      body += (i ? "," : "") + std::string(R"({"PutRequest":{"Item":)") + item(first + i * step) + "}}";
    return table("BatchWriteItem", body + "]}}");
  }
  std::string put_together(std::int64_t first) const {
    std::string body = R"({"TransactItems":[)";
    for (int i = 0; i < kTransactionItems; ++i)
      body += (i ? "," : "") + std::string(R"({"Put":)") + table_member() + R"(,"Item":)" + item(first + i) + "}}";
    return table("TransactWriteItems", body + "]}");
  }
  std::string query_partition() const {
    return table("Query", table_member() + R"(,"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":)" +
                              R"({":p":{"S":"partition"}}})");
  }
  std::string fill_partition(int first) const {
    std::string body = R"({"RequestItems":{")" + options_.table + R"(":[)";
    for (int i = 0; i < kBatchItems; ++i)
      body += (i ? "," : "") + std::string(R"({"PutRequest":{"Item":)") + item_of("partition", first + i) + "}}";
    return table("BatchWriteItem", body + "]}}");
  }

  std::string invoke() const {
    return make("lambda", "{}", {{"Host", host_}, {"Content-Type", "application/json"}},
                "/2015-03-31/functions/" + options_.function + "/invocations");
  }

 private:
  // A new one for each load: rounds share a server.
  static std::string group_member() { return R"("logGroupName":"bench-)" + std::to_string(::getpid()) + "\""; }
  std::string queue_member() const { return R"({"QueueUrl":")" + queue_url_ + "\""; }
  std::string table_member() const { return R"({"TableName":")" + options_.table + "\""; }
  std::string text() const { return std::string(std::size_t(options_.body_bytes), 'm'); }

  // Keys are spread over partitions, as users' are.
  static std::string partition_of(std::int64_t number) {
    return "user-" + std::to_string(number * 2'654'435'761 % 1'000'000'007);
  }
  static std::string key(std::int64_t number) {
    return R"({"pk":{"S":")" + partition_of(number) + R"("},"sk":{"N":")" + std::to_string(number) + R"("}})";
  }
  std::string item(std::int64_t number, int count = 0) const { return item_of(partition_of(number), number, count); }
  std::string item_of(const std::string& partition, std::int64_t number, int count = 0) const {
    std::string start = R"({"pk":{"S":")" + partition + R"("},"sk":{"N":")" + std::to_string(number) +
                        R"("},"count":{"N":")" + std::to_string(count) + R"("},"group":{"S":"group-)" +
                        std::to_string(number % 997) + R"("},"text":{"S":")";
    constexpr std::size_t kOtherBytes = 50;  // names and the other values, about
    return start + std::string(std::size_t(options_.item_bytes) - kOtherBytes, 'd') + R"("}})";
  }

  std::string kms(std::string_view operation, const std::string& body) const {
    return json("kms", "TrentService." + std::string(operation), body);
  }
  std::string sqs(std::string_view operation, const std::string& body) const {
    return json("sqs", "AmazonSQS." + std::string(operation), body);
  }
  std::string table(std::string_view operation, const std::string& body) const {
    return json("dynamodb", "DynamoDB_20120810." + std::string(operation), body);
  }
  std::string json(std::string_view service, const std::string& target, const std::string& body) const {
    return make(service, body,
                {{"Host", host_},
                 {"Content-Type", service == "sqs" || service == "dynamodb" ? "application/x-amz-json-1.0"
                                                                            : "application/x-amz-json-1.1"},
                 {"X-Amz-Target", target}});
  }
  std::string query(std::string_view service, const std::string& body) const {
    return make(service, body, {{"Host", host_}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}});
  }

  std::string make(std::string_view service, const std::string& body,
                   std::vector<std::pair<std::string, std::string>> fields, const std::string& path = "/") const {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    std::vector<auth::Header> headers;
    for (const auto& [name, value] : fields) headers.push_back({name, value});
    auto added = auth::sign_header({.method = "POST", .path = path, .query = "", .headers = headers}, credentials_,
                                   {.region = "us-east-1",
                                    .service = std::string(service),
                                    .time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                                    .payload_hash = base::to_hex(base::sha256(body))});
    std::string request = "POST " + path + " HTTP/1.1\r\n";
    for (const auto* some : {&fields, &added})
      for (const auto& [name, value] : *some) request.append(name).append(": ").append(value).append("\r\n");
    return request + "User-Agent: virga_bench\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const Options& options_;
  std::string host_, queue_url_;
  auth::Credentials credentials_;
};

using Maker = std::function<std::string(std::int64_t number)>;

// One request, made and signed once.
Step always(std::string request) {
  return [request = std::move(request)](std::string_view) -> std::string_view { return request; };
}

// Many requests, made and signed before anything is measured, in a scattered order.
Step among(int count, const Maker& make) {
  std::vector<std::string> requests;
  for (int i = 0; i < count; ++i) requests.push_back(make(std::int64_t{i} * 7'919 % count));
  return [requests = std::move(requests), next = std::size_t{0}](std::string_view) mutable -> std::string_view {
    return requests[next++ % requests.size()];
  };
}

// Each request another, made and signed as it is sent: for filling.
Step each(const Maker& make) {
  return [make, made = std::string(), number = std::int64_t{0}](std::string_view) mutable -> std::string_view {
    made = make(number++);
    return made;
  };
}

Step delete_received(const Requests& requests) {
  return [&requests, made = std::string()](std::string_view last_answer) mutable -> std::string_view {
    constexpr std::string_view kName = R"("ReceiptHandle":")";
    std::size_t begin = last_answer.find(kName);
    if (begin == last_answer.npos) die("the queue ran dry: " + std::string(last_answer));
    last_answer.remove_prefix(begin + kName.size());
    made = requests.remove(last_answer.substr(0, last_answer.find('"')));
    return made;
  };
}

void prepare_table(const Requests& requests, Requests::Index index, Script& script) {
  script.preparation = {requests.create_table(index)};
  script.readiness = requests.describe_table();
}

// The item that a request is for: one of the first, or of all that are there.
std::int64_t item_number(const Options& options, std::int64_t number) {
  return options.items > 0 ? number * (options.items / options.keys) : number;
}

// Puts each of the items, then each with another content, so that every put changes something.
Step put_in_turns(const Options& options, const Requests& requests) {
  return among(2 * options.keys, [&](std::int64_t number) {
    return requests.put(item_number(options, number % options.keys), static_cast<int>(number / options.keys));
  });
}

// All items that the mode will meet, where they are not there already.
void fill_table(const Options& options, const Requests& requests, Script& script) {
  if (options.items > 0) return;
  for (int first = 0; first < options.keys; first += kBatchItems)
    script.preparation.push_back(requests.put_batch(first));
}

std::string element_of(std::string_view xml, const std::string& name) {
  std::size_t begin = xml.find("<" + name + ">");
  if (begin == xml.npos) die("no " + name + " in " + std::string(xml));
  begin += name.size() + 2;
  return std::string(xml.substr(begin, xml.find('<', begin) - begin));
}

// A user with five policies of ten statements each, who calls with a key of its own.
void prepare_user(const Options& options, Requests& requests, Script& script) {
  const std::string user = "&UserName=" + options.user;
  script.preparation = {requests.iam("Action=CreateUser" + user)};
  for (int policy = 0; policy < 5; ++policy) {
    std::string statements;
    for (int i = 0; i < 10; ++i)
      statements += (i ? "," : "") +
                    std::string(R"({"Effect":"Allow","Action":["s3:Get*","sqs:SendMessage"],"Resource":)") +
                    R"("arn:aws:sqs:*:*:queue-)" + std::to_string(policy * 10 + i) + "\"}";
    statements += R"(,{"Effect":"Allow","Action":"sqs:*","Resource":"*"})";
    std::string document = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
    // Managed ones: inline policies have 2,048 bytes together.
    const std::string name = options.user + "-p" + std::to_string(policy);
    script.preparation.push_back(
        requests.iam("Action=CreatePolicy&PolicyName=" + name + "&PolicyDocument=" + base::percent_encode(document)));
    script.preparation.push_back(
        requests.iam("Action=AttachUserPolicy" + user + "&PolicyArn=arn:aws:iam::000000000000:policy/" + name));
  }
  script.preparation.push_back(requests.create_queue());
  script.preparation.push_back(requests.iam("Action=CreateAccessKey" + user));
}

void use_new_key(Requests& requests, std::string_view answer) {
  requests.use_key(element_of(answer, "AccessKeyId"), element_of(answer, "SecretAccessKey"));
}

using Mode = void (*)(const Options& options, Requests& requests, Script& script);

const std::map<std::string, Mode>& queue_modes() {
  static const std::map<std::string, Mode> modes = {
      {"send", [](const Options&, Requests& r, Script& script) { script.steps = {always(r.send())}; }},
      {"send-query", [](const Options&, Requests& r, Script& script) { script.steps = {always(r.send_query())}; }},
      {"fill", [](const Options&, Requests& r, Script& script) { script.steps = {always(r.send_batch())}; }},
      {"park", [](const Options&, Requests& r, Script& script) { script.steps = {always(r.receive(20))}; }},
      {"receive-delete",
       [](const Options&, Requests& r, Script& script) { script.steps = {always(r.receive(0)), delete_received(r)}; }},
      {"cycle", [](const Options&, Requests& r,
                   Script& script) { script.steps = {always(r.send()), always(r.receive(0)), delete_received(r)}; }},
      {"caller-identity",
       [](const Options&, Requests& r, Script& script) { script.steps = {always(r.caller_identity())}; }}};
  return modes;
}

const std::map<std::string, Mode>& user_modes() {
  static const std::map<std::string, Mode> modes = {
      {"user-identity",
       [](const Options& o, Requests& r, Script& script) {
         prepare_user(o, r, script);
         script.steps_after = [&r](std::string_view answer) -> std::vector<Step> {
           use_new_key(r, answer);
           return {always(r.caller_identity())};
         };
       }},
      {"user-send", [](const Options& o, Requests& r, Script& script) {
         prepare_user(o, r, script);
         script.steps_after = [&r](std::string_view answer) -> std::vector<Step> {
           use_new_key(r, answer);
           return {always(r.send())};
         };
       }}};
  return modes;
}

// The request, for a key that is made before.
Script with_new_key(Requests& requests, std::string (Requests::*make)(std::string_view key) const) {
  Script script;
  script.preparation = {requests.create_key()};
  script.steps_after = [&requests, make](std::string_view answer) -> std::vector<Step> {
    constexpr std::string_view kName = R"("KeyId":")";
    std::size_t begin = answer.find(kName);
    if (begin == answer.npos) die("no key was made: " + std::string(answer));
    answer.remove_prefix(begin + kName.size());
    return {always((requests.*make)(answer.substr(0, answer.find('"'))))};
  };
  return script;
}

const std::map<std::string, Mode>& key_modes() {
  static const std::map<std::string, Mode> modes = {
      {"encrypt", [](const Options&, Requests& r, Script& script) { script = with_new_key(r, &Requests::encrypt); }},
      {"data-key",
       [](const Options&, Requests& r, Script& script) { script = with_new_key(r, &Requests::generate_data_key); }},
      {"get-secret",
       [](const Options&, Requests& r, Script& script) {
         script.preparation = {r.create_secret()};
         script.steps = {always(r.get_secret())};
       }},
      {"invoke", [](const Options&, Requests& r, Script& script) { script.steps = {always(r.invoke())}; }},
      {"get-parameter",
       [](const Options&, Requests& r, Script& script) {
         script.preparation = {r.put_parameter()};
         script.steps = {always(r.get_parameter())};
       }},
      {"put-logs",
       [](const Options&, Requests& r, Script& script) {
         script.preparation = {r.create_log_group(), r.create_log_stream()};
         script.steps = {always(r.put_logs())};
       }},
      {"send-kms",
       [](const Options&, Requests& r, Script& script) {
         script.preparation = {r.create_encrypted_queue()};
         script.steps = {always(r.send())};
       }},
      {"send-plain", [](const Options&, Requests& r, Script& script) {
         script.preparation = {r.create_plain_queue()};
         script.steps = {always(r.send())};
       }}};
  return modes;
}

const std::map<std::string, Mode>& table_modes() {
  static const std::map<std::string, Mode> modes = {
      {"put",
       [](const Options& o, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         script.steps = {put_in_turns(o, r)};
       }},
      {"put-indexed",
       [](const Options& o, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kOne, script);
         script.steps = {put_in_turns(o, r)};
       }},
      {"get",
       [](const Options& o, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         fill_table(o, r, script);
         script.steps = {among(o.keys, [&](std::int64_t number) { return r.get(item_number(o, number)); })};
       }},
      {"update",
       [](const Options& o, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         fill_table(o, r, script);
         script.steps = {among(o.keys, [&r](std::int64_t number) { return r.update(number); })};
       }},
      {"put-batch",
       [](const Options& o, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         script.steps = {
             among(o.keys / kBatchItems, [&r](std::int64_t number) { return r.put_batch(number * kBatchItems); })};
       }},
      {"put-together",
       [](const Options& o, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         script.steps = {among(o.keys / kTransactionItems,
                               [&r](std::int64_t number) { return r.put_together(number * kTransactionItems); })};
       }},
      {"query",
       [](const Options&, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         for (int first = 0; first < kPartitionItems; first += kBatchItems)
           script.preparation.push_back(r.fill_partition(first));
         script.steps = {always(r.query_partition())};
       }},
      {"fill-table", [](const Options&, Requests& r, Script& script) {
         prepare_table(r, Requests::Index::kNone, script);
         script.steps = {each([&r](std::int64_t number) { return r.put_batch(number * kBatchItems); })};
       }}};
  return modes;
}

}  // namespace

Script make_script(const Options& options) {
  // The steps keep a reference to it for as long as the program runs.
  static std::unique_ptr<Requests> requests;
  requests = std::make_unique<Requests>(options);
  Script script;
  if (auto found = queue_modes().find(options.mode); found != queue_modes().end()) {
    script.preparation = {requests->create_queue()};
    found->second(options, *requests, script);
  } else if (auto table = table_modes().find(options.mode); table != table_modes().end()) {
    table->second(options, *requests, script);
  } else if (auto key = key_modes().find(options.mode); key != key_modes().end()) {
    key->second(options, *requests, script);
  } else if (auto user = user_modes().find(options.mode); user != user_modes().end()) {
    user->second(options, *requests, script);
  } else if (!make_object_script(options, script)) {
    die("no mode " + options.mode + "; there are " + mode_names());
  }
  return script;
}

std::string mode_names() {
  std::string names;
  for (const auto* modes : {&queue_modes(), &user_modes(), &key_modes(), &table_modes()})
    for (const auto& [name, mode] : *modes) names += (names.empty() ? "" : ", ") + name;
  return names + ", " + object_mode_names();
}

void die(const std::string& why) {
  std::fprintf(stderr, "virga_bench: %s\n", why.c_str());
  std::exit(1);
}

}  // namespace bench
