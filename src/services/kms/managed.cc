// The keys AWS manages: one a service, made when it is first needed.
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
#include "kernel/cloud.h"
#include "services/kms/keys.h"
#include "services/kms/rotation.h"

namespace kms {

namespace {

struct Managed {
  std::string_view alias;    // "alias/aws/ebs"
  std::string_view service;  // as kms:ViaService has it: "ec2"
  std::string_view what;     // is protected
};

constexpr Managed kManaged[] = {
    {"alias/aws/acm", "acm", "ACM private keys"},
    {"alias/aws/backup", "backup", "Backup data"},
    {"alias/aws/cloud9", "cloud9", "Cloud9 data"},
    {"alias/aws/codecommit", "codecommit", "CodeCommit repositories"},
    {"alias/aws/connect", "connect", "Connect data"},
    {"alias/aws/dms", "dms", "DMS data"},
    {"alias/aws/dynamodb", "dynamodb", "DynamoDB data"},
    {"alias/aws/ebs", "ec2", "EBS volumes"},
    {"alias/aws/elasticfilesystem", "elasticfilesystem", "EFS filesystems"},
    {"alias/aws/es", "es", "Elasticsearch data"},
    {"alias/aws/fsx", "fsx", "FSx resources"},
    {"alias/aws/glue", "glue", "Glue data"},
    {"alias/aws/kinesis", "kinesis", "Kinesis data"},
    {"alias/aws/kinesisvideo", "kinesisvideo", "Kinesis Video Streams data"},
    {"alias/aws/lambda", "lambda", "Lambda functions"},
    {"alias/aws/rds", "rds", "RDS database volumes"},
    {"alias/aws/redshift", "redshift", "Redshift data"},
    {"alias/aws/s3", "s3", "S3 objects"},
    {"alias/aws/secretsmanager", "secretsmanager", "Secrets Manager data"},
    {"alias/aws/sns", "sns", "SNS data"},
    {"alias/aws/sqs", "sqs", "SQS messages"},
    {"alias/aws/ssm", "ssm", "SSM parameters"},
    {"alias/aws/workspaces", "workspaces", "WorkSpaces volumes"},
    {"alias/aws/xray", "xray", "X-Ray data"},
};

constexpr std::int64_t kYearDays = 365;

// Everybody in the account who may use the service may use its key through it.
std::string managed_policy(const store::Place& place, const Managed& managed) {
  constexpr std::string_view kForm =
      R"({{"Version":"2012-10-17","Id":"auto-{0}-2","Statement":[{{"Sid":"Allow access through {0} for all principals )"
      R"(in the account that are authorized to use {0}","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":[)"
      R"("kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],)"
      R"("Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{1}",)"
      R"("kms:ViaService":"{0}.{2}.amazonaws.com"}}}}}},{{"Sid":"Allow direct access to key metadata to the account",)"
      R"("Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{1}:root"}},"Action":["kms:Describe*","kms:Get*",)"
      R"("kms:List*","kms:RevokeGrant"],"Resource":"*"}}]}})";
  return fmt::format(kForm, managed.service, place.account, place.region);
}

}  // namespace

std::optional<OpenKey> ensure_managed_key(Call& call, std::string_view alias_name) {
  const Managed* managed = std::ranges::find(kManaged, alias_name, &Managed::alias);
  if (managed == std::end(kManaged)) return std::nullopt;
  Key row{.id = call.uuid(),
          .description = fmt::format("Default key that protects my {} when no other key is defined", managed->what),
          .manager = Manager::kAws,
          .policy = managed_policy(call.place, *managed)};
  OpenKey key = make_key(call, std::move(row)).value();  // only the making of pairs may have to wait
  set_rotation(call, key, kYearDays);
  key.tx.put(kAliases, alias_name, {std::string(alias_name), key.row.id, call.now_ms(), call.now_ms()});
  key.tx.put(kAliasesOfKeys, store::key(key.row.id, alias_name), {});
  return key;
}

}  // namespace kms
