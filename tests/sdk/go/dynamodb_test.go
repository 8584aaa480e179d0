// DynamoDB with the AWS SDK for Go v2, its attribute values and expression builder, pointed here by AWS_ENDPOINT_URL. The SDK
// checks the CRC32 of answers itself.
package sdk

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type note struct {
	Owner  string   `dynamodbav:"owner"`
	Number int      `dynamodbav:"number"`
	Text   string   `dynamodbav:"text"`
	Tags   []string `dynamodbav:"tags,stringset,omitempty"`
}

func table(t *testing.T, client *dynamodb.Client, name string) *string {
	t.Helper()
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("owner"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("number"), AttributeType: types.ScalarAttributeTypeN}},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("owner"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("number"), KeyType: types.KeyTypeRange}}})
	if err != nil {
		t.Fatal(err)
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(options *dynamodb.TableExistsWaiterOptions) {
		options.MinDelay, options.MaxDelay = 20*time.Millisecond, 200*time.Millisecond
	})
	if err := waiter.Wait(context.Background(), &dynamodb.DescribeTableInput{TableName: &name}, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	return &name
}

func putNote(t *testing.T, client *dynamodb.Client, table *string, made note) {
	t.Helper()
	item, err := attributevalue.MarshalMap(made)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: table, Item: item}); err != nil {
		t.Fatal(err)
	}
}

func TestAStructComesBackAsItWas(t *testing.T) {
	client := dynamodb.NewFromConfig(settings(t))
	name := table(t, client, "go-struct")
	made := note{Owner: "ann", Number: 1, Text: "hello", Tags: []string{"a", "b"}}
	putNote(t, client, name, made)
	got, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: name, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"owner": &types.AttributeValueMemberS{Value: "ann"},
			"number": &types.AttributeValueMemberN{Value: "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	var read note
	if err := attributevalue.UnmarshalMap(got.Item, &read); err != nil || !reflect.DeepEqual(read, made) {
		t.Fatalf("got %v, %v", read, err)
	}
}

func TestABuiltQueryFilters(t *testing.T) {
	client := dynamodb.NewFromConfig(settings(t))
	name := table(t, client, "go-query")
	for number := 0; number < 10; number++ {
		putNote(t, client, name, note{Owner: "ann", Number: number, Text: map[bool]string{true: "even", false: "odd"}[number%2 == 0]})
	}
	built, err := expression.NewBuilder().
		WithKeyCondition(expression.Key("owner").Equal(expression.Value("ann")).And(expression.Key("number").GreaterThan(expression.Value(3)))).
		WithFilter(expression.Name("text").BeginsWith("ev")).
		WithProjection(expression.NamesList(expression.Name("number"))).Build()
	if err != nil {
		t.Fatal(err)
	}
	pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{TableName: name, Limit: aws.Int32(2),
		KeyConditionExpression: built.KeyCondition(), FilterExpression: built.Filter(), ProjectionExpression: built.Projection(),
		ExpressionAttributeNames: built.Names(), ExpressionAttributeValues: built.Values()})
	var numbers []int
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var notes []note
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &notes); err != nil {
			t.Fatal(err)
		}
		for _, found := range notes {
			numbers = append(numbers, found.Number)
		}
	}
	if !reflect.DeepEqual(numbers, []int{4, 6, 8}) {
		t.Fatalf("got %v", numbers)
	}
}

func TestACancelledTransactionHasItsReasons(t *testing.T) {
	client := dynamodb.NewFromConfig(settings(t))
	name := table(t, client, "go-transaction")
	putNote(t, client, name, note{Owner: "ann", Number: 1})
	item, _ := attributevalue.MarshalMap(note{Owner: "ann", Number: 1})
	_, err := client.TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: name, Item: item,
			ConditionExpression: aws.String("attribute_not_exists(#o)"), ExpressionAttributeNames: map[string]string{"#o": "owner"}}}}})
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || *cancelled.CancellationReasons[0].Code != "ConditionalCheckFailed" {
		t.Fatalf("got %v", err)
	}
}
