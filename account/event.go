package account

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

// ActivityDays is how far back the activity log goes.
// https://learn.microsoft.com/azure/azure-monitor/platform/activity-log#retention-period
const ActivityDays = 90

// An Event is one of the activity log.
type Event struct {
	Time      time.Time
	Caller    string // the name of a person, or the id of an application
	Operation string // such as Microsoft.CognitiveServices/accounts/listKeys/action
	Status    string // Started, Succeeded or Failed: each operation has several events
}

// Application reports whether an application made the event, and not a person,
// whose name it would have.
func (e Event) Application() bool { return wire.IsGUID(e.Caller) }

// Activity is the activity log of an account, as far back as it goes.
//
// https://learn.microsoft.com/rest/api/monitor/activity-logs/list
func (c *Client) Activity(ctx context.Context, a Account) (events []Event, err error) {
	const stamp = "2006-01-02T15:04:05Z"
	now := time.Now().UTC()
	ask := &call{Client: c, doing: "reading the activity log"}
	all, err := list[struct {
		EventTimestamp        time.Time
		Caller                string
		OperationName, Status struct{ Value string }
	}](ctx, ask, ask.address("/subscriptions/"+a.Subscription+"/providers/Microsoft.Insights/eventtypes/management/values", "2015-04-01", url.Values{
		"$filter": {fmt.Sprintf("eventTimestamp ge '%s' and eventTimestamp le '%s' and resourceUri eq '%s'",
			now.AddDate(0, 0, -ActivityDays).Add(time.Minute).Format(stamp), now.Format(stamp), strings.ReplaceAll(a.ID, "'", "''"))},
		"$select": {"eventTimestamp,caller,operationName,status"},
	}))
	for _, e := range all {
		events = append(events, Event{e.EventTimestamp, e.Caller, e.OperationName.Value, e.Status.Value})
	}
	return events, err
}
