/** The pages of sequences, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CollectionsPage } from "@/features/sequences/collections-page";
import { ImportPage } from "@/features/sequences/import-page";
import { ImportsPage } from "@/features/sequences/imports-page";
import { SearchPage } from "@/features/sequences/search-page";
import { type SequenceLinks, SequenceLinksProvider } from "@/features/sequences/sequence-links";
import { SequencePage } from "@/features/sequences/sequence-page";
import { SequencesPage } from "@/features/sequences/sequences-page";

const list = getRouteApi("/signed-in/sequences");
const search = getRouteApi("/signed-in/sequences/search");
const oneImport = getRouteApi("/signed-in/sequences/imports/$importId");
const one = getRouteApi("/signed-in/sequences/$sequenceId");

const links: SequenceLinks = {
  toSequence: (id, parts) => (
    <Link to="/sequences/$sequenceId" params={{ sequenceId: id }} {...parts} />
  ),
  toList: (filter, parts) => <Link to="/sequences" search={filter} {...parts} />,
  toSearch: (address, parts) => <Link to="/sequences/search" search={address} {...parts} />,
  toImports: (parts) => <Link to="/sequences/imports" {...parts} />,
  toImport: (id, parts) => (
    <Link to="/sequences/imports/$importId" params={{ importId: id }} {...parts} />
  ),
};

function Linked({ children }: { children: ReactNode }) {
  return <SequenceLinksProvider value={links}>{children}</SequenceLinksProvider>;
}

export function SequencesRoute() {
  const navigate = list.useNavigate();
  return (
    <Linked>
      <SequencesPage
        filter={list.useSearch()}
        onFilter={(search) => void navigate({ search, replace: true, resetScroll: false })}
        onImport={() => void navigate({ to: "/sequences/imports", search: {} })}
      />
    </Linked>
  );
}

export function SearchRoute() {
  const navigate = search.useNavigate();
  return (
    <Linked>
      <SearchPage
        address={search.useSearch()}
        onAddress={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
      />
    </Linked>
  );
}

export function SequenceRoute() {
  const { sequenceId } = one.useParams();
  const navigate = one.useNavigate();
  return (
    <Linked>
      <SequencePage
        key={sequenceId}
        id={sequenceId}
        onLeave={() => void navigate({ to: "/sequences", search: {} })}
      />
    </Linked>
  );
}

export function ImportsRoute() {
  return (
    <Linked>
      <ImportsPage />
    </Linked>
  );
}

export function ImportRoute() {
  const { importId } = oneImport.useParams();
  const navigate = oneImport.useNavigate();
  return (
    <Linked>
      <ImportPage
        key={importId}
        id={importId}
        onLeave={() => void navigate({ to: "/sequences/imports" })}
      />
    </Linked>
  );
}

export function CollectionsRoute() {
  return (
    <Linked>
      <CollectionsPage />
    </Linked>
  );
}
