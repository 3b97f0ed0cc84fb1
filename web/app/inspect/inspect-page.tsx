export function InspectPage() { return null; }
