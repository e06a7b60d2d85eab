/** The modules around a node, outermost first: `['model', 'decoder', 'layers.0', 'fc1']`. */
export type Scope = readonly string[];

/** Whether a scope lies in another one, or is it. */
export const within = (scope: Scope, outer: Scope): boolean =>
  outer.every((segment, i) => scope[i] === segment);

/** The innermost scope that both lie in. */
export function commonScope(a: Scope, b: Scope): Scope {
  const apart = a.findIndex((segment, i) => segment !== b[i]);
  return apart < 0 ? a : a.slice(0, apart);
}

/**
 * torch's legacy exporter, Optimum and onnxruntime-genai name a node after its module:
 * `/model/layers.0/fc1/MatMul`. Null where the name is not of that form.
 */
export function scopeFromName(name: string): Scope | null {
  return name.startsWith('/') ? name.split('/').slice(1, -1) : null;
}

/**
 * torch's dynamo exporter keeps the modules around a node, the root (`''`) first and the node last:
 * `['', 'model', 'model.layers.0', 'model.layers.0.fc1', 'linear_3']`. Null for nodes that belong to
 * no module, which have no root.
 */
export function scopeFromDynamo(list: string): Scope | null {
  const scopes = [...list.matchAll(/'([^']*)'/g)].map(([, scope]) => scope).slice(0, -1);
  if (scopes[0] !== '') return null;
  return scopes.flatMap((scope, i) => {
    const outer = scopes[i - 1];
    return segments(outer && scope.startsWith(`${outer}.`) ? scope.slice(outer.length + 1) : scope);
  });
}

/** A weight is named after its module: `model.layers.0.fc1.weight`. */
export function scopeFromWeight(name: string): Scope | null {
  return name.includes('.') && name.endsWith('.weight') ? segments(name).slice(0, -1) : null;
}

/** A dotted name part by part; an index stays with its list: `layers.0`. */
function segments(dotted: string): string[] {
  return dotted.split(/\.(?!\d+(?:\.|$))/).filter(Boolean);
}
