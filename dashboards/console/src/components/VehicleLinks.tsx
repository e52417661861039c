/** Cars, each linked to its page. */
export function VehicleLinks({ vins }: { vins: readonly string[] }) {
  return (
    <p class="facts">
      {vins.map((vin) => (
        <a key={vin} class="mono" href={`/vehicles/${vin}`}>
          {vin}
        </a>
      ))}
    </p>
  );
}
