import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import type { Client, Project } from "@/api/types";
import { everyPage } from "@/api/whole-list";

/** Few enough to be loaded whole; the lists and pickers search them in the page. */
const staleMs = 60_000;
const pageSize = 500;

export const projectsQuery = queryOptions({
  queryKey: ["projects", "all"],
  staleTime: staleMs,
  queryFn: ({ signal }) =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/projects", { signal, params: { query: { limit: pageSize, ...cursor } } }),
      ),
    ),
});

export const clientsQuery = queryOptions({
  queryKey: ["clients", "all"],
  staleTime: staleMs,
  queryFn: ({ signal }) =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/clients", { signal, params: { query: { limit: pageSize, ...cursor } } }),
      ),
    ),
});

export const tagsQuery = queryOptions({
  queryKey: ["tags", "all"],
  staleTime: staleMs,
  queryFn: ({ signal }) =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/tags", { signal, params: { query: { limit: pageSize, ...cursor } } }),
      ),
    ),
});

/** A project with the name of its client, as lists show it. */
export interface KnownProject extends Project {
  readonly clientName: string | null;
}

/** All projects by id, those of clients first and by their names; empty until they are loaded. */
export function useProjects(): {
  readonly byId: ReadonlyMap<string, KnownProject>;
  readonly isLoading: boolean;
  readonly error: unknown;
} {
  const projects = useQuery(projectsQuery);
  const clients = useQuery(clientsQuery);
  const byId = useMemo(
    () => knownProjects(projects.data ?? [], clients.data ?? []),
    [projects.data, clients.data],
  );
  return { byId, isLoading: projects.isPending, error: projects.error };
}

/** Whether this person may add and change projects, clients and tags. */
export function useKeepsCatalogue(): boolean {
  return useMe().role !== "member";
}

export function knownProjects(
  projects: readonly Project[],
  clients: readonly Client[],
): Map<string, KnownProject> {
  const nameOf = new Map(clients.map(({ id, name }) => [id, name]));
  return new Map(
    projects
      .map((project) => ({
        ...project,
        clientName: project.client_id ? (nameOf.get(project.client_id) ?? null) : null,
      }))
      .sort(
        (left, right) =>
          compareClients(left.clientName, right.clientName) ||
          left.name.localeCompare(right.name, undefined, { numeric: true }),
      )
      .map((project) => [project.id, project]),
  );
}

/** Projects without a client come first. */
function compareClients(left: string | null, right: string | null): number {
  if (left === null || right === null) {
    return Number(left !== null) - Number(right !== null);
  }
  return left.localeCompare(right, undefined, { numeric: true });
}
