package emulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The Azure CLI and the Azure Developer CLI, as far as Microsoft's libraries run
// them. Scripts called az and azd, made by [CommandLine], hand their command line
// to the emulator and print what it answers. Somebody is logged in to both: a user,
// who has the same roles as the application.

// DefaultUserID is the object id of that user.
const DefaultUserID = "cccccccc-dddd-4eee-8fff-111111111111"

const (
	userName  = "octocat@contoso.example"
	cliClient = "04b07795-8ddb-461a-bbee-02f9e1bf7b46" // the Azure CLI's own application, which both tools are
)

// CommandLinePath is where a command line is posted to, as one line of text. The
// answer, always 200, is what the tool prints: on standard error, with the exit
// code 1, if it begins with [CommandLineError].
const (
	CommandLinePath  = "/_emulator/command-line"
	CommandLineError = "ERROR: "
)

// CommandLine is a script, for a POSIX shell, that stands in for tool: az or azd.
// It runs ask, a command that posts its one argument, which is the command line,
// to [CommandLinePath] and prints the answer.
func CommandLine(tool, ask string) string {
	return "#!/bin/sh\n# " + tool + ", as a client of the emulator needs it\n" +
		"answer=$(" + ask + " \"" + tool + " $*\") || exit\n" +
		"case $answer in\n" +
		"'" + CommandLineError + "'*) printf '%s\\n' \"$answer\" >&2; exit 1 ;;\n" +
		"esac\n" +
		"printf '%s\\n' \"$answer\"\n"
}

func (e *Emulator) routeCommandLine() {
	e.mux.HandleFunc("POST "+CommandLinePath, e.faulty("az", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, e.commandLine(readLine(r)))
	}))
}

// readLine is the command line that was posted.
func readLine(r *http.Request) []string {
	line, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	return strings.Fields(string(line))
}

// commands are what the tools know, by how their command lines begin, and the
// flags that each has to have.
var commands = []struct {
	name  string
	flags []string
	run   func(*Emulator, map[string]string) (object, string)
}{
	{"az account get-access-token", []string{"--resource"}, (*Emulator).azToken},
	{"az account show", nil, (*Emulator).azAccount},
	{"azd auth token", []string{"--scope"}, (*Emulator).azdToken},
}

// commandLine is what a tool prints for a command line.
func (e *Emulator) commandLine(words []string) string {
	line := strings.Join(words, " ")
	for _, c := range commands {
		if !strings.HasPrefix(line+" ", c.name+" ") {
			continue
		}
		flags := flagsOf(words)
		if i := slices.IndexFunc(c.flags, func(name string) bool { return flags[name] == "" }); i >= 0 {
			return CommandLineError + "the following arguments are required: " + c.flags[i]
		}
		answer, no := c.run(e, flags)
		if no != "" {
			return CommandLineError + no
		}
		text, _ := json.MarshalIndent(answer, "", "  ")
		return string(text)
	}
	return CommandLineError + fmt.Sprintf("the emulator does not know %q, but az account get-access-token, az account show and azd auth token", line)
}

// flagsOf are the flags of a command line with the word after them.
func flagsOf(words []string) map[string]string {
	flags := map[string]string{}
	for i, word := range words[:max(0, len(words)-1)] {
		if strings.HasPrefix(word, "-") {
			flags[word] = words[i+1]
		}
	}
	return flags
}

// cliToken is a token for a resource, and when it ends, or what Entra says
// against it.
func (e *Emulator) cliToken(resource, tenant string) (token string, until time.Time, no string) {
	switch {
	case tenant != "" && !e.isTenant(tenant):
		return "", until, "AADSTS90002: Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
	case !issuable(resource):
		return "", until, "AADSTS500011: The resource principal named " + resource + " was not found in the tenant named " + e.cfg.Tenant + "."
	}
	until = time.Now().Add(e.cfg.AccessTokenLife)
	c := e.userClaims(resource)
	c[claimSince] = time.Now().Unix()
	token, err := sign(e.entra, c)
	if err != nil {
		return "", until, err.Error()
	}
	return token, until, ""
}

// userClaims are what a token says that a user has got by the Azure CLI.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func (e *Emulator) userClaims(resource string) claims {
	c := e.accessClaims(resource, "https://sts.windows.net/"+e.cfg.Tenant+"/")
	delete(c, "idp") // it is the issuer
	for name, value := range map[string]string{
		"appid": cliClient, "appidacr": "0", "idtyp": "user", "oid": DefaultUserID, "sub": DefaultUserID,
		"scp": "user_impersonation", "upn": userName, "unique_name": userName, "name": "Mona",
	} {
		c[name] = value
	}
	return c
}

// azToken answers as the CLI does, with the local time that older clients read
// beside the seconds since 1970.
func (e *Emulator) azToken(flags map[string]string) (object, string) {
	token, until, no := e.cliToken(flags["--resource"], flags["--tenant"])
	return object{
		"accessToken":  token,
		"expiresOn":    until.Local().Format("2006-01-02 15:04:05.000000"),
		"expires_on":   until.Unix(),
		"subscription": DefaultSubscription,
		"tenant":       e.cfg.Tenant,
		"tokenType":    "Bearer",
	}, no
}

func (e *Emulator) azdToken(flags map[string]string) (object, string) {
	token, until, no := e.cliToken(strings.TrimSuffix(flags["--scope"], "/.default"), flags["--tenant-id"])
	return object{"token": token, "expiresOn": until.UTC().Format("2006-01-02T15:04:05Z")}, no
}

func (e *Emulator) azAccount(map[string]string) (object, string) {
	return object{
		"environmentName": "AzureCloud", "homeTenantId": e.cfg.Tenant, "id": DefaultSubscription, "isDefault": true,
		"name": "Emulated", "state": "Enabled", "tenantId": e.cfg.Tenant,
		"user": object{"name": userName, "type": "user"},
	}, ""
}

// commandLineFaults are how both tools fail, each in its own words.
func commandLineFaults() map[string]fault {
	says := func(az, azd string) fault {
		return func(_ *Emulator, w http.ResponseWriter, r *http.Request) {
			text := az
			if words := readLine(r); len(words) > 0 && words[0] == "azd" {
				text = azd
			}
			io.WriteString(w, text)
		}
	}
	const (
		old    = "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026-05-01T08:00:00.0000000Z and was inactive for 90.00:00:00."
		second = "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource."
	)
	return map[string]fault{
		"not-logged-in": says(CommandLineError+"Please run 'az login' to setup account.", CommandLineError+"not logged in, run `azd auth login` to login"),
		"expired":       says(CommandLineError+old+"\nInteractive authentication is needed. Please run:\naz login", CommandLineError+"fetching token: "+old),
		"mfa":           says(CommandLineError+second+"\nInteractive authentication is needed. Please run:\naz login", CommandLineError+"fetching token: "+second),
		"garbage":       says("A new version is available: run az upgrade", "WARNING: your version of azd is out of date"),
		"empty":         says("", ""),
	}
}
