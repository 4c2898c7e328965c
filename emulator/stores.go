package emulator

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Secrets, variables and environments, and the repositories of an organization.
// https://docs.github.com/rest/actions/secrets

const (
	onRepo = `^/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)`
	onEnv  = `^/(?:repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)|repositories/(?P<repository>\d+))/environments/(?P<env>.+)`
	onOrg  = `^/orgs/(?P<org>[^/]+)`
)

// storeEndpoints are all that a job's own token can't read, but for the first
// ones.
//
// https://docs.github.com/rest/authentication/permissions-required-for-github-apps
var storeEndpoints = []endpoint{
	get(onRepo+`$`, "/repos/repos#get-a-repository", "metadata=read", (*Emulator).getRepository),
	get(onOrg+`/repos$`, "/repos/repos#list-organization-repositories", "metadata=read", (*Emulator).listRepositories),
	get(onRepo+`/tarball(?:/(?P<ref>.+))?$`, "/repos/contents#download-a-repository-archive-tar", "contents=read", (*Emulator).tarball),
	subjectEndpoint,
	get(onRepo+`/environments$`, "/deployments/environments#list-environments", "actions=read", (*Emulator).listEnvironments),

	ofRepo(`/actions/secrets$`, "secrets=read", func(r Repository) []object { return secrets(r.Secrets, "") }),
	ofRepo(`/dependabot/secrets$`, "dependabot_secrets=read", func(r Repository) []object { return secrets(r.DependabotSecrets, "") }),
	ofRepo(`/codespaces/secrets$`, "codespaces_secrets=write", func(r Repository) []object { return secrets(r.CodespacesSecrets, "") }),
	ofRepo(`/actions/variables$`, "actions_variables=read", func(r Repository) []object { return variables(r.Variables) }),
	ofOrg(onRepo+`/actions/organization-secrets$`, "secrets=read", func(o Organization) []object { return secrets(o.Secrets, "all") }),
	ofOrg(onRepo+`/actions/organization-variables$`, "actions_variables=read", func(o Organization) []object { return variables(o.Variables) }),
	ofOrg(onOrg+`/actions/secrets$`, "organization_secrets=read", func(o Organization) []object { return secrets(o.Secrets, "all") }),
	ofOrg(onOrg+`/dependabot/secrets$`, "organization_dependabot_secrets=read", func(o Organization) []object { return secrets(o.DependabotSecrets, "all") }),
	ofOrg(onOrg+`/codespaces/secrets$`, "organization_codespaces_secrets=read", func(o Organization) []object { return secrets(o.CodespacesSecrets, "all") }),
	ofEnv(`/secrets$`, "secrets=read, environments=read", func(e Environment) []object { return secrets(e.Secrets, "") }),
	ofEnv(`/variables$`, "actions_variables=read, environments=read", func(e Environment) []object { return variables(e.Variables) }),
}

func get(path, docs, permission string, serve func(*Emulator, *http.Request) apiAnswer) endpoint {
	return endpoint{"GET", regexp.MustCompile(path), docs, permission, false, serve}
}

// ofRepo is an endpoint that lists what a repository has.
func ofRepo(path, permission string, list func(Repository) []object) endpoint {
	return get(onRepo+path, "/actions", permission, func(e *Emulator, r *http.Request) apiAnswer {
		repo, ok := e.configured(r)
		if !ok {
			return apiNotFound()
		}
		return listed(r, path, list(repo))
	})
}

// ofOrg is an endpoint that lists what an organization has. A user has nothing.
func ofOrg(path, permission string, list func(Organization) []object) endpoint {
	return get(path, "/actions", permission, func(e *Emulator, r *http.Request) apiAnswer {
		name := r.PathValue("org") + r.PathValue("owner")
		if r.PathValue("org") != "" && !organizational(name) {
			return apiNotFound()
		}
		return listed(r, path, list(e.organization(name)))
	})
}

// ofEnv is an endpoint that lists what an environment has.
func ofEnv(path, permission string, list func(Environment) []object) endpoint {
	return get(onEnv+path, "/actions", permission, func(e *Emulator, r *http.Request) apiAnswer {
		repo, ok := e.configured(r)
		i := slices.IndexFunc(repo.Environments, func(env Environment) bool { return strings.EqualFold(env.Name, r.PathValue("env")) })
		if !ok || i < 0 {
			return apiNotFound()
		}
		return listed(r, path, list(repo.Environments[i]))
	})
}

// permits reports whether the token has the permissions that an endpoint wants:
// a list with commas for "and" and semicolons for "or".
func (e *Emulator) permits(wanted string) bool {
	for one := range strings.SplitSeq(wanted, ";") {
		all := strings.Split(one, ",")
		if wanted == "" || !slices.ContainsFunc(all, func(p string) bool { return !e.permitted(strings.TrimSpace(p)) }) {
			return true
		}
	}
	return false
}

// jobPermissions are those of a job's own token here. Who may write may read.
var jobPermissions = []string{"metadata=read", "contents=read", "issues=write", "pull_requests=write"}

func (e *Emulator) permitted(p string) bool {
	write := strings.TrimSuffix(p, "=read") + "=write"
	has := slices.Concat(jobPermissions, e.cfg.Permissions)
	return slices.Contains(has, p) || slices.Contains(has, write)
}

// configured is the repository that r's path names, as it is configured.
func (e *Emulator) configured(r *http.Request) (Repository, bool) {
	name, ok := e.repositoryOf(r)
	i := slices.IndexFunc(e.cfg.Repositories, func(c Repository) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return Repository{Name: name}, ok
	}
	return e.cfg.Repositories[i], ok
}

func (e *Emulator) organization(name string) Organization {
	i := slices.IndexFunc(e.cfg.Organizations, func(o Organization) bool { return strings.EqualFold(o.Name, name) })
	if i < 0 {
		return Organization{}
	}
	return e.cfg.Organizations[i]
}

// organizational reports whether a login is that of an organization: every one
// is, but for the users who exist on GitHub too.
func organizational(login string) bool { return users[strings.ToLower(login)] == 0 }

// listed answers with a page of a list, under the name that its path ends in.
func listed(r *http.Request, path string, all []object) apiAnswer {
	key := "secrets"
	if strings.HasSuffix(path, "variables$") {
		key = "variables"
	}
	some, header := paged(r, all)
	return apiAnswer{http.StatusOK, object{"total_count": len(all), key: some}, header}
}

// paged is the part of a list that r asks for, with the header that links to the
// others.
func paged(r *http.Request, all []object) ([]object, map[string]string) {
	p := pageOf(r.URL.Query(), len(all))
	some := all[min((p.number-1)*p.size, len(all)):min(p.number*p.size, len(all))]
	if p.last == 1 {
		return some, nil
	}
	return some, map[string]string{"Link": p.link(origin(r)+r.URL.EscapedPath(), r.URL.RawQuery)}
}

func secrets(names []string, visibility string) []object {
	list := []object{}
	for _, name := range names {
		o := object{"name": strings.ToUpper(name), "created_at": storedAt.Format(time.RFC3339), "updated_at": storedAt.Format(time.RFC3339)}
		if visibility != "" {
			o["visibility"] = visibility
		}
		list = append(list, o)
	}
	return list
}

func variables(values map[string]string) []object {
	list := []object{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, object{
			"name": strings.ToUpper(name), "value": values[name],
			"created_at": storedAt.Format(time.RFC3339), "updated_at": storedAt.Format(time.RFC3339),
		})
	}
	return list
}

func (e *Emulator) getRepository(r *http.Request) apiAnswer {
	repo, ok := e.configured(r)
	if !ok {
		return apiNotFound()
	}
	return apiAnswer{status: http.StatusOK, body: e.repositoryObject(repo, r)}
}

func (e *Emulator) listRepositories(r *http.Request) apiAnswer {
	list := []object{}
	for _, repo := range e.cfg.Repositories {
		if owner, _, _ := strings.Cut(repo.Name, "/"); strings.EqualFold(owner, r.PathValue("org")) {
			list = append(list, e.repositoryObject(repo, r))
		}
	}
	some, header := paged(r, list)
	return apiAnswer{http.StatusOK, some, header}
}

func (e *Emulator) repositoryObject(repo Repository, r *http.Request) object {
	owner, name, _ := strings.Cut(repo.Name, "/")
	by := userObject(owner, r)
	if organizational(owner) {
		by["type"] = "Organization"
	}
	_, ownerID, id, _ := e.numbers(repo.Name)
	by["id"] = json.Number(ownerID)
	return object{
		"id": json.Number(id), "name": name, "full_name": repo.Name, "owner": by, "private": true,
		"html_url": origin(r) + "/" + repo.Name, "url": restURL(r) + "/repos/" + repo.Name, "default_branch": "main",
		"archived": repo.Archived, "fork": repo.Fork, "disabled": false, "visibility": "private", "size": len(repo.Files),
		"created_at": storedAt.Format(time.RFC3339), "updated_at": storedAt.Format(time.RFC3339), "pushed_at": storedAt.Format(time.RFC3339),
	}
}

func (e *Emulator) listEnvironments(r *http.Request) apiAnswer {
	repo, ok := e.configured(r)
	if !ok {
		return apiNotFound()
	}
	list := []object{}
	for i, env := range repo.Environments {
		list = append(list, object{"id": 1000 + i, "name": env.Name, "created_at": storedAt.Format(time.RFC3339), "updated_at": storedAt.Format(time.RFC3339)})
	}
	some, header := paged(r, list)
	return apiAnswer{http.StatusOK, object{"total_count": len(list), "environments": some}, header}
}

// Archives are kept elsewhere, at an address that says itself who may have them.
const (
	archivePath  = "/_codeload"
	archiveToken = "emulator-archive"
)

// tarball sends the client to where the archive is.
func (e *Emulator) tarball(r *http.Request) apiAnswer {
	repo, ok := e.configured(r)
	if !ok || len(repo.Files) == 0 {
		return apiNotFound()
	}
	return apiAnswer{status: http.StatusFound, header: map[string]string{
		"Location": origin(r) + archivePath + "/" + repo.Name + "/legacy.tar.gz/refs/heads/main?token=" + archiveToken,
	}}
}

// archive serves an archive, but to nobody who brings the API's token: it was
// not meant for this place.
func (e *Emulator) archive(w http.ResponseWriter, r *http.Request) {
	repo, ok := e.configured(r)
	switch {
	case r.Header.Get("Authorization") != "":
		http.Error(w, "400: Bad request", http.StatusBadRequest)
	case !ok || r.URL.Query().Get("token") != archiveToken:
		http.Error(w, "404: Not Found", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/x-gzip")
		w.Write(archiveOf(repo))
	}
}

// archiveOf is a gzipped tar file in which everything lies in one folder.
func archiveOf(repo Repository) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	out := tar.NewWriter(zip)
	folder := strings.ReplaceAll(repo.Name, "/", "-") + "-3f2c1b0/"
	out.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "3f2c1b0a9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a"}})
	out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o775, ModTime: storedAt})
	for _, name := range slices.Sorted(maps.Keys(repo.Files)) {
		out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: folder + name, Mode: 0o664, Size: int64(len(repo.Files[name])), ModTime: storedAt})
		io.WriteString(out, repo.Files[name])
	}
	out.Close()
	zip.Close()
	return b.Bytes()
}

// lacking is the refusal of a token without the endpoint's permission.
func lacking(to endpoint) apiAnswer { return forbidden().documented(restDocs + to.docs) }

// routeStores serves the archives; all else here is part of the REST API.
func (e *Emulator) routeStores() {
	e.mux.HandleFunc(fmt.Sprintf("GET %s/{owner}/{repo}/{rest...}", archivePath), e.archive)
}
