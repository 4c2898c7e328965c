package migration

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/wire"
)

// Organization is the source that looks at all repositories of an organization:
// the files of each one's default branch, and its secrets and variables as
// [GitHub] does. Made by [NewOrganization].
type Organization struct {
	cfg  OrganizationConfig
	hub  *hub.Session
	slot chan struct{} // a place for each request to GitHub's stores
}

// OrganizationConfig says which organization, and what happens to its files.
type OrganizationConfig struct {
	API   hub.API
	Name  string // the organization's login
	Names Names
	Asked bool // see [Status.Asked]

	// Archived and Forks take those in, too. An archived repository can run no
	// workflow, and a fork is its parent's to mend, so they are only counted.
	Archived, Forks bool

	// Files begins the files of one repository, and is called by several
	// goroutines at once. Of what it returns, File is called with each file in
	// turn: its path below the root, and its content, which it must not keep; and
	// Done at the end, whose result is that of the repository's files. Nil leaves
	// the files alone.
	Files func(repository string) Files

	Timeout time.Duration // of one Look as a whole; 0 means 30 minutes
}

// Files are what takes the files of one repository.
type Files struct {
	File func(name string, data []byte)
	Done func() Result
}

const (
	repositoriesInFlight = 4
	fileLimit            = 8 << 20 // bytes of one file; larger ones hold no source
	filesLimit           = 2 << 30 // bytes of one repository's files, unpacked
	fileCount            = 1_000_000
	archiveTimeout       = 5 * time.Minute
)

// NewOrganization checks cfg and sends nothing. All mistakes are reported
// together.
func NewOrganization(cfg OrganizationConfig) (*Organization, error) {
	s, err := cfg.API.Open()
	if err = errors.Join(err, hub.CheckOwner(cfg.Name)); err != nil {
		return nil, err
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 30*time.Minute)
	return &Organization{cfg, s, make(chan struct{}, 2*inFlight)}, nil
}

// Look implements [Source]. Findings and the names of statuses carry their
// repository. What belongs to the organization is reported once, with its name in
// the repository's stead.
func (o *Organization) Look(ctx context.Context) Result {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	all, err := o.repositories(ctx)
	result := o.wide(ctx)
	result.Statuses = append([]Status{o.listed(all, err)}, result.Statuses...)
	all = slices.DeleteFunc(all, func(r *github.Repository) bool { return !o.wants(r) })
	parts := make([]Result, len(all))
	slot := make(chan struct{}, repositoriesInFlight)
	var looking sync.WaitGroup
	for i, r := range all {
		slot <- struct{}{}
		looking.Go(func() {
			defer func() { <-slot }()
			parts[i] = o.repository(ctx, r)
		})
	}
	looking.Wait()
	for _, p := range parts {
		result.Findings = append(result.Findings, p.Findings...)
		result.Statuses = append(result.Statuses, p.Statuses...)
	}
	result.Findings = o.merge(result.Findings)
	return result
}

// wide looks into the stores that only the organization has, and no repository.
func (o *Organization) wide(ctx context.Context) Result {
	var once []store
	for _, s := range stores {
		if s.optional {
			once = append(once, s)
		}
	}
	result := o.github("").look(ctx, place{owner: o.cfg.Name, org: true}, once)
	for i := range result.Findings {
		result.Findings[i].Repository = o.cfg.Name
	}
	return result
}

// github is the source for one repository.
func (o *Organization) github(repository string) *GitHub {
	g := newGitHub(GitHubConfig{Repository: repository, Names: o.cfg.Names, Asked: o.cfg.Asked, Timeout: o.cfg.Timeout}, o.hub)
	g.slot, g.within = o.slot, true
	return g
}

// merge makes one finding of those that many repositories have of what belongs
// to their organization.
func (o *Organization) merge(all []Finding) (merged []Finding) {
	readers, at := map[string]int{}, map[string]int{}
	for _, f := range all {
		if !ofOrganization(f) {
			merged = append(merged, f)
			continue
		}
		if readers[f.Fingerprint]++; readers[f.Fingerprint] == 1 {
			f.Repository = o.cfg.Name
			at[f.Fingerprint] = len(merged)
			merged = append(merged, f)
		}
	}
	for fingerprint, n := range readers {
		if i := at[fingerprint]; n > 1 {
			merged[i].Message += fmt.Sprintf("; %d repositories may read it", n)
		}
	}
	return merged
}

func ofOrganization(f Finding) bool {
	return slices.ContainsFunc(stores, func(s store) bool { return s.wide && strings.HasPrefix(f.Place, s.name+": ") })
}

// repositories lists those that the token can see.
func (o *Organization) repositories(ctx context.Context) ([]*github.Repository, error) {
	return hub.List(ctx, o.hub, "listing the repositories", func(ctx context.Context, c *github.Client, page github.ListOptions) ([]*github.Repository, *github.Response, error) {
		all, resp, err := c.Repositories.ListByOrg(ctx, o.cfg.Name, &github.RepositoryListByOrgOptions{Sort: "full_name", ListOptions: page})
		return slices.DeleteFunc(all, func(r *github.Repository) bool { return hub.CheckRepository(r.GetFullName()) != nil }), resp, err
	})
}

func (o *Organization) wants(r *github.Repository) bool {
	return (o.cfg.Archived || !r.GetArchived()) && (o.cfg.Forks || !r.GetFork())
}

// listed is the status of the list, which counts what is left out.
func (o *Organization) listed(all []*github.Repository, err error) Status {
	g := o.github("")
	s := store{name: "repositories of " + o.cfg.Name, needs: permission{fine: "Metadata: read of the organization's repositories"}}
	if err != nil {
		return g.failure(s, err)
	}
	if len(all) == 0 {
		return g.status(s, Failed, "the token sees none: check the name of the organization, and give a token that may read its repositories")
	}
	archived, forks := 0, 0
	for _, r := range all {
		switch {
		case o.wants(r):
		case r.GetArchived():
			archived++
		default:
			forks++
		}
	}
	why := count(len(all)-archived-forks, "repository")
	if archived+forks > 0 {
		why += fmt.Sprintf("; %d archived and %s left out", archived, count(forks, "fork"))
	}
	return g.status(s, Looked, why)
}

// repository looks at one repository.
func (o *Organization) repository(ctx context.Context, r *github.Repository) (result Result) {
	name := r.GetFullName()
	if o.cfg.Files != nil {
		result = o.files(ctx, r)
	}
	stored := o.github(name).Look(ctx)
	result.Findings = append(result.Findings, stored.Findings...)
	result.Statuses = append(result.Statuses, stored.Statuses...)
	for i := range result.Findings {
		result.Findings[i].Repository = name
	}
	for i := range result.Statuses {
		result.Statuses[i].Name = name + ": " + result.Statuses[i].Name
	}
	return result
}

// files hands the files of a repository on. An attempt that fails halfway is
// forgotten, and the next one begins anew.
func (o *Organization) files(ctx context.Context, r *github.Repository) (result Result) {
	var n archiveNotes
	err := o.hub.Repeat(ctx, func(ctx context.Context) error {
		to := o.cfg.Files(r.GetFullName())
		n = archiveNotes{}
		err := o.download(ctx, r, to.File, &n)
		result = to.Done()
		return err
	})
	var refused *hub.Refusal
	switch {
	case errors.As(err, &refused) && refused.Kind == "404" && r.GetSize() == 0:
		result.Statuses = []Status{{Name: "tree", State: Looked, Why: "the repository is empty", Asked: o.cfg.Asked}}
	case err != nil:
		status := o.github("").failure(store{needs: permission{"Contents: read", "permission-contents: read", "repo"}}, err)
		status.Name = "tree"
		result.Statuses = []Status{status}
	default:
		tree := Status{Name: "tree", State: Looked, Why: count(n.files, "file"), Asked: o.cfg.Asked}
		result.Statuses = append([]Status{tree}, result.Statuses...)
		if len(n.large) > 0 {
			result.Statuses = append(result.Statuses, Status{Name: "tree: large files", State: Skipped, Why: "longer than " + size(fileLimit) + " and not read: " + some(n.large)})
		}
	}
	return result
}

// archiveNotes tell what an archive had.
type archiveNotes struct {
	files int
	large []string // not read
}

// download asks for the archive of the default branch, and reads it. The address
// that GitHub gives says itself who may have the archive, so the token stays at
// home.
//
// https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
func (o *Organization) download(ctx context.Context, r *github.Repository, yield func(string, []byte), n *archiveNotes) error {
	ctx, cancel := context.WithTimeout(ctx, archiveTimeout)
	defer cancel()
	owner, repo, _ := strings.Cut(r.GetFullName(), "/")
	var link *url.URL
	err := o.hub.Once(ctx, "asking for the archive", func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		link, resp, err = c.Repositories.GetArchiveLink(ctx, owner, repo, github.Tarball, nil, 0)
		return resp, err
	})
	if err != nil {
		return err
	}
	body, err := o.hub.Fetch(ctx, "downloading the archive", link)
	if err != nil {
		return err
	}
	defer body.Close()
	return untarred(untar(body, yield, n))
}

var errTooLarge = errors.New("the archive is larger than is accepted")

// untarred makes a refusal of what went wrong with an archive. A broken one may
// be whole another time.
func untarred(err error) error {
	const doing = "reading the archive"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLarge):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &wire.Passing{Err: &hub.Refusal{Doing: doing, Kind: hub.Network, Err: err}}
}

// untar hands on the regular files of a gzipped tar file whose paths all begin
// with one folder. Nothing is written anywhere, so links lead nowhere.
func untar(r io.Reader, yield func(string, []byte), n *archiveNotes) error {
	unzipped, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	in := tar.NewReader(&limited{unzipped, filesLimit})
	var content bytes.Buffer
	for range fileCount {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		_, name, _ := strings.Cut(strings.TrimPrefix(path.Clean("/"+h.Name), "/"), "/")
		if h.Typeflag != tar.TypeReg || name == "" {
			continue
		}
		if h.Size > fileLimit {
			n.large = append(n.large, quoted(name))
			continue
		}
		content.Reset()
		if _, err := content.ReadFrom(in); err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		n.files++
		yield(name, content.Bytes())
	}
	return errTooLarge
}

// limited ends a stream with an error when it is longer than it may be.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
