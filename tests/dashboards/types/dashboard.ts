// What Grafana's schema asks of a dashboard, for the kinds of panels that are used here.
import type * as grafana from "@grafana/schema";
import type { Options as BarGauge } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { FieldConfig as HeatmapField, Options as Heatmap } from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type { FieldConfig as StateField, Options as StateTimeline } from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type { FieldConfig as TableField, Options as Table } from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type { FieldConfig as LinesField, Options as Lines } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// As T is in a JSON file: an enum is one of the values that it stands for.
type Json<T> = unknown extends T ? T
  : T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : never)
  : T extends boolean | null | undefined ? T
  : T extends Array<infer U> ? Array<Json<U>>
  : { [K in keyof T]: Json<T[K]> };

// T in which these are not optional.
type With<T, K extends keyof T> = T & { [P in K]-?: T[P] };

// Of Prometheus' data source, which has no part in @grafana/schema.
interface PromQuery extends grafana.DataQuery {
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  interval?: string;
  format?: "time_series" | "table" | "heatmap";
}

type FieldConfig<Custom> = Omit<grafana.FieldConfig, "custom"> & { custom?: Partial<Custom> };

interface PanelOf<Kind extends string, Options, Custom>
  extends Omit<grafana.Panel, "type" | "options" | "fieldConfig" | "targets" | "id" | "gridPos"> {
  type: Kind;
  id: number;
  gridPos: grafana.GridPos;
  options: Options;
  targets: PromQuery[];
  fieldConfig: Omit<grafana.FieldConfigSource, "defaults"> & { defaults: FieldConfig<Custom> };
}

type Panel =
  | PanelOf<"stat", Stat, Record<string, never>>
  | PanelOf<"bargauge", BarGauge, Record<string, never>>
  | PanelOf<"timeseries", Lines, LinesField>
  | PanelOf<"state-timeline", StateTimeline, StateField>
  | PanelOf<"heatmap", Heatmap, HeatmapField>
  | PanelOf<"table", Table, TableField>;

// Prometheus' data source reads the last four at the annotation itself.
interface Annotation extends grafana.AnnotationQuery<PromQuery> {
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: boolean;
}

export type Dashboard = Json<
  Omit<With<grafana.Dashboard, "uid" | "title" | "description" | "links" | "tags" | "time">,
       "panels" | "annotations"> & {
    panels: Array<Panel | grafana.RowPanel>;
    annotations: { list: Annotation[] };
  }>;
